import type { TokenBatch } from "@dylora/lora-core";
import type { KeyValueCache } from "@dylora/tensor";

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
  for (const block of blocks) block.dispose();
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
      const selected = blocks.map((block) => block.select(texts));
      const mask = new Int32Array(texts.length * length);
      texts.forEach((text, row) => {
        mask.set(attentionMask.subarray(text * length, (text + 1) * length), row * length);
      });
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
