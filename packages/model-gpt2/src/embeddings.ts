import { ConfigError } from "@dylora/errors";
import type { WeightSource } from "@dylora/io";
import type { ForwardContext, TokenBatch } from "@dylora/lora-core";
import {
  type DisposableStack,
  dropout,
  embedding,
  type FrozenEmbedding,
  freezeEmbedding,
  unrecorded,
} from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type Gpt2Config, maxLength } from "./config.ts";

/** Token and position embeddings. */
export interface Embeddings {
  /** Token table, shared with a tied output layer. */
  readonly words: FrozenEmbedding;
  /**
   * Hidden states `[size * length, hidden]` of a batch; the caller disposes them.
   *
   * @param positions of each token, as {@link positionIds} counts them
   * @throws ConfigError `sequence_too_long`, or `id_out_of_range` for a token that is not in the vocabulary
   */
  forward(inputs: TokenBatch, positions: Int32Array, context: ForwardContext): Tensor2D;
}

/**
 * Positions count the tokens that are not padding, so padding on the left changes nothing. Padding after a token counts
 * on from it, as in transformers, whose forward pass numbers all places of a text padded on the right.
 *
 * @param attentionMask 1 for tokens and 0 for padding, `[size, length]`
 * @param from first place that a position is wanted for
 * @returns `[size, length - from]`
 */
export function positionIds(attentionMask: ArrayLike<number>, size: number, length: number, from: number): Int32Array {
  const ids = new Int32Array(size * (length - from));
  for (let row = 0; row < size; row++) {
    let tokens = 0;
    let padding = 0;
    for (let at = 0; at < length; at++) {
      if (attentionMask[row * length + at] !== 0) {
        tokens++;
        padding = 0;
      } else if (tokens > 0) padding++;
      if (at >= from) ids[row * (length - from) + at - from] = Math.max(0, tokens + padding - 1);
    }
  }
  return ids;
}

/**
 * Reads the embeddings.
 *
 * @param source cursor at `transformer`
 * @param stack frees them
 * @param table the token table, and whether it is the output layer too
 */
export async function readEmbeddings(
  source: WeightSource,
  config: Gpt2Config,
  stack: DisposableStack,
  table: { readonly values: Float32Array; readonly tied: boolean },
): Promise<Embeddings> {
  const { hiddenSize, vocabSize, maxPositions, embeddingDropout } = config;
  const words = stack.use(freezeEmbedding(table.values, [vocabSize, hiddenSize], "token", table.tied));
  const shape: [number, number] = [maxPositions, hiddenSize];
  const positions = stack.use(freezeEmbedding(await source.read("wpe.weight", shape), shape, "position"));
  return {
    words,
    forward({ inputIds, size }, places, context) {
      checkPositions(places, maxLength(config));
      return unrecorded(() => {
        const sum = tf.add(embedding(inputIds, words), embedding(places, positions)) as Tensor2D;
        return dropout(sum, context.dropout("transformer.drop", embeddingDropout), size);
      });
    },
  };
}

/** Padding takes no position: a short text beside a long one may stand in more columns than there are positions. */
function checkPositions(places: Int32Array, longest: number): void {
  const length = places.reduce((most, place) => Math.max(most, place), 0) + 1;
  if (length <= longest) return;
  throw new ConfigError(
    "sequence_too_long",
    `a text has ${length} tokens; this model takes ${longest}, prompt and continuation together`,
    { details: { length, longest } },
  );
}
