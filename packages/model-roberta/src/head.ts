import type { WeightSource } from "@dylora/io";
import type { ForwardContext, HeadParameter, TokenBatch } from "@dylora/lora-core";
import type { DisposableStack } from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { RobertaConfig } from "./config.ts";
import type { Embeddings } from "./embeddings.ts";

/** What a head is loaded from. */
export interface HeadSource {
  /** The weights, at the root, under the names of a model with a head; see `robertaWeights`. */
  readonly weights: WeightSource;
  /** The model's configuration. */
  readonly config: RobertaConfig;
  /** The model's embeddings; their token table may serve as the output layer. */
  readonly embeddings: Embeddings;
  /**
   * Output layer over the vocabulary, `[vocabulary, hidden]`, for a head with {@link RobertaHead.tiesWords}; undefined
   * where it is the token table.
   */
  readonly output: Float32Array | undefined;
  /** Seed of values that are not in the file. */
  readonly seed: number;
  /** Takes over what the head puts on the backend. */
  readonly stack: DisposableStack;
}

/** A head that has been loaded. */
export interface LoadedHead {
  /** Parameters trained whole; `forward` gets them from its context. */
  readonly parameters: readonly HeadParameter[];
  /** Tokens of each sequence, counted from its first, that it reads; default all. The last layer computes no others. */
  readonly firstTokens?: number;
  /** What a person should know about the files it was loaded from. */
  readonly warnings?: readonly string[];
  /**
   * Logits from the encoder's output.
   *
   * @param hidden `[size * length, hidden]`, or `[size * firstTokens, hidden]`
   * @returns `[rows, classes]`; the caller disposes them
   */
  forward(hidden: Tensor2D, inputs: TokenBatch, context: ForwardContext): Tensor2D;
}

/**
 * What turns hidden states into logits: passed to `loadRoberta`, which calls it. Any function of this form is a head;
 * those of this package are made by `sequenceClassification`, `maskedLanguageModel` and {@link encoderOutput}.
 */
export interface RobertaHead {
  (from: HeadSource): Promise<LoadedHead>;
  /** True for one that scores against the token table where the configuration ties them; a backend then holds it once. */
  readonly tiesWords?: boolean;
}

/** No head: the hidden states of the last layer, `[size * length, hidden]`, are the output. */
export function encoderOutput(): RobertaHead {
  return async () => ({ parameters: [], forward: (hidden) => hidden });
}
