import type { SequenceCache, TokenBatch } from "@dylora/lora-core";
import type { KeyValueCache } from "@dylora/tensor";

/** Frees what the layers keep. */
export function disposeLayers(layers: readonly KeyValueCache[]): void {
  for (const layer of layers) layer.dispose();
}

/** Takes over the keys and values of every layer. */
export function makeCache(layers: readonly KeyValueCache[], attentionMask: Int32Array, size: number): SequenceCache {
  const length = attentionMask.length / size;
  return {
    size,
    length,
    attentionMask,
    layers,
    select(rows) {
      const selected = layers.map((layer) => layer.select(rows));
      const mask = new Int32Array(rows.length * length);
      rows.forEach((from, row) => {
        mask.set(attentionMask.subarray(from * length, (from + 1) * length), row * length);
      });
      return makeCache(selected, mask, rows.length);
    },
    dispose: () => disposeLayers(layers),
  };
}

/** The attention mask of a cache and, after it, that of new tokens. */
export function joinMasks(
  cache: SequenceCache | undefined,
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
