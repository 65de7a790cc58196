import { ConfigError } from "@dylora/errors";
import type { TokenBatch } from "@dylora/lora-core";
import type { KeyValueCache } from "@dylora/tensor";
import type { Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** What the model has seen of a batch of texts: the keys and values of every block. Whoever holds it disposes it. */
export interface Gpt2Cache {
  /** Texts. */
  readonly size: number;
  /** Tokens seen of each text, padding included. */
  readonly length: number;
  /** 1 for each token seen and 0 for padding, `[size, length]`. */
  readonly attentionMask: Int32Array;
  /** One for each block. */
  readonly blocks: readonly KeyValueCache[];
  /**
   * A cache of other texts that begin as these: some left out, some several times, in another order. This one stays.
   *
   * @param texts for each text of the result, the number of the one it continues
   * @throws ConfigError `id_out_of_range` for a number that is no text of this cache
   */
  select(texts: readonly number[]): Gpt2Cache;
  /** Frees the keys and values. Calling it twice does nothing. */
  dispose(): void;
}

/** Frees what a block keeps. */
export function disposeBlocks(blocks: readonly KeyValueCache[]): void {
  for (const { keys, values } of blocks) tf.dispose([keys, values]);
}

/** Takes over the keys and values of every block. */
export function makeCache(blocks: readonly KeyValueCache[], attentionMask: Int32Array, size: number): Gpt2Cache {
  const length = attentionMask.length / size;
  return {
    size,
    length,
    attentionMask,
    blocks,
    select(texts) {
      const unknown = texts.find((text) => !Number.isInteger(text) || text < 0 || text >= size);
      if (texts.length === 0 || unknown !== undefined) {
        throw new ConfigError("id_out_of_range", `text ${unknown} is not one of the ${size} in the cache`);
      }
      const mask = new Int32Array(texts.length * length);
      texts.forEach((text, row) => {
        mask.set(attentionMask.subarray(text * length, (text + 1) * length), row * length);
      });
      const rows = tf.tensor1d(texts as number[], "int32");
      const pick = (stack: Tensor3D): Tensor3D => {
        const [stacked, tokens, features] = stack.shape;
        const heads = stacked / size;
        return tf.tidy(() => {
          const picked = tf.gather(tf.reshape(stack, [size, heads * tokens * features]), rows);
          return tf.keep(tf.reshape(picked, [texts.length * heads, tokens, features])) as Tensor3D;
        });
      };
      const selected = blocks.map(({ keys, values }) => ({ keys: pick(keys), values: pick(values) }));
      rows.dispose();
      return makeCache(selected, mask, texts.length);
    },
    dispose: () => disposeBlocks(blocks),
  };
}

/** The attention mask of a cache and, after it, that of new tokens. */
export function joinMasks(
  cache: Gpt2Cache | undefined,
  { attentionMask, size, length }: Pick<TokenBatch, "attentionMask" | "size" | "length">,
): Int32Array {
  const seen = cache?.length ?? 0;
  const joined = new Int32Array(size * (seen + length));
  for (let row = 0; row < size; row++) {
    const at = row * (seen + length);
    if (cache !== undefined) joined.set(cache.attentionMask.subarray(row * seen, (row + 1) * seen), at);
    for (let token = 0; token < length; token++) joined[at + seen + token] = attentionMask[row * length + token] ?? 0;
  }
  return joined;
}
