import type { WeightSource } from "@dylora/io";
import { type DisposableStack, freezeEmbedding, layerNorm, readNorm, selectRows, unembed } from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { Gpt2Config } from "./config.ts";
import type { Embeddings } from "./embeddings.ts";

/** What the head is loaded from. */
export interface HeadSource {
  /** The weights, at the root; see `gpt2Weights`. */
  readonly weights: WeightSource;
  /** The model's configuration. */
  readonly config: Gpt2Config;
  /** The model's embeddings; their token table may serve as the output layer. */
  readonly embeddings: Embeddings;
  /** Output layer, `[vocabulary, hidden]`; undefined where it is the token table. */
  readonly output: Float32Array | undefined;
  /** Takes over what the head puts on the backend. */
  readonly stack: DisposableStack;
}

/** A head that has been loaded. */
export interface LoadedHead {
  /**
   * Logits from the last layer's output.
   *
   * @param hidden `[size * length, hidden]`
   * @param rows those of `hidden` whose logits are wanted; undefined: all
   * @returns `[rows, vocabulary]`; the caller disposes them
   */
  forward(hidden: Tensor2D, rows: ArrayLike<number> | undefined): Tensor2D;
}

/** The head of `GPT2LMHeadModel`: a normalisation, and an output layer over the vocabulary. */
export async function causalLanguageModel(from: HeadSource): Promise<LoadedHead> {
  const { weights, config, embeddings, output, stack } = from;
  const { hiddenSize, vocabSize, epsilon } = config;
  const norm = await readNorm(weights.at("transformer"), "ln_f", hiddenSize, stack);
  const decoder =
    output === undefined
      ? embeddings.words
      : stack.use(freezeEmbedding(output, [vocabSize, hiddenSize], "token", true));
  return {
    forward(hidden, rows) {
      const chosen = rows === undefined ? hidden : selectRows(hidden, rows);
      return unembed(layerNorm(chosen, norm.gamma, norm.beta, epsilon), decoder);
    },
  };
}
