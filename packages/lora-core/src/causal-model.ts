import type { KeyValueCache } from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { AdaptableModel, ForwardContext, TokenBatch } from "./model.ts";

/** A padded batch, with the positions that the output layer is wanted for. */
export interface CausalInputs extends TokenBatch {
  /** Rows of the hidden states `[size * length, hidden]` to compute logits for, each at most once; default all. */
  readonly outputRows?: ArrayLike<number>;
}

/** What of the configuration of a causal model whoever generates with it must know. */
export interface CausalModelConfig {
  /** Tokens in the vocabulary. */
  readonly vocabSize: number;
  /** Longest sequence, prompt and continuation together. */
  readonly maxPositions: number;
  /** Tokens that end a text; none where the model does not say. */
  readonly eosTokenIds: readonly number[];
}

/**
 * What a causal model has seen of a batch of sequences: the keys and values of every layer. Whoever holds it disposes
 * it.
 */
export interface SequenceCache {
  /** Sequences. */
  readonly size: number;
  /** Tokens seen of each sequence, padding included. */
  readonly length: number;
  /** 1 for each token seen and 0 for padding, `[size, length]`. */
  readonly attentionMask: Int32Array;
  /** Keys and values, one entry for each layer. */
  readonly layers: readonly KeyValueCache[];
  /**
   * A cache of other sequences that begin as these: some left out, some several times, in another order. This one stays.
   *
   * @param rows for each sequence of the result, the number of the one it continues
   * @throws ConfigError `id_out_of_range` for a number that is no sequence of this cache
   */
  select(rows: readonly number[]): SequenceCache;
  /** Frees the keys and values. Calling it twice does nothing. */
  dispose(): void;
}

/**
 * A model that predicts the next token, and so can write texts: what `generate` of `@dylora/generation` runs on. Beside
 * what every adaptable model has, it knows the limits of its texts and reads new tokens after those it has seen.
 */
export interface CausalModel extends AdaptableModel<CausalInputs> {
  /** Its limits. */
  readonly config: CausalModelConfig;
  /**
   * Reads new tokens after those in a cache. The logits are those of `forward` over the whole sequences.
   *
   * @param inputs the new tokens; `outputRows` are rows of these. Sequences of a batch may be padded on the left
   * @param context as `forward` takes it; dropout is not applied
   * @param cache what came before; undefined at the start. It is not disposed.
   * @param expectedLength tokens that the sequences will come to have, padding included, where that is known: room for
   * their keys and values is made at once
   * @returns logits `[rows, vocabulary]` and the cache to go on with; the caller disposes both
   * @throws ShapeError `bad_shape` when the cache holds another number of sequences than the batch
   */
  continueFrom(
    inputs: CausalInputs,
    context: ForwardContext,
    cache: SequenceCache | undefined,
    expectedLength?: number,
  ): { readonly logits: Tensor2D; readonly cache: SequenceCache };
}

/** Whether a model can write texts. */
export function isCausalModel(model: AdaptableModel<CausalInputs>): model is CausalModel {
  return "config" in model && "continueFrom" in model && typeof model.continueFrom === "function";
}
