import { checkDropout, type DropoutKey } from "../contract/dropout.ts";
import { foldKey, wordAt } from "./counter.ts";

/**
 * Inverted-dropout mask: 0 with probability p, otherwise 1 / (1 - p).
 *
 * Example e of the batch uses the stream of example `firstExample + e`, so a step cut into micro-batches, or over
 * workers, draws the same masks as the whole batch. The k-th row of an example depends on k alone, so padding to
 * another length changes nothing.
 *
 * @param examples number of examples in the batch
 * @param rowKeysOf number the rows of one example: coordinates of row k (for attention: head and query position)
 * @param columns elements per row
 * @returns values in row-major order, `examples * rows * columns` long
 * @throws ConfigError `bad_dropout` for a probability outside [0, 1)
 */
export function dropoutMask(
  dropoutKey: DropoutKey,
  examples: number,
  rowKeysOf: readonly (readonly number[])[],
  columns: number,
): Float32Array {
  checkDropout(dropoutKey);
  const rows = rowKeysOf.length;
  const mask = new Float32Array(examples * rows * columns);
  const keep = 1 / (1 - dropoutKey.probability);
  const threshold = dropThreshold(dropoutKey.probability);
  let at = 0;
  for (let example = 0; example < examples; example++) {
    const exampleKey = foldKey(dropoutKey.key, (dropoutKey.firstExample ?? 0) + example);
    for (const coordinates of rowKeysOf) {
      let rowKey = exampleKey;
      for (const coordinate of coordinates) rowKey = foldKey(rowKey, coordinate);
      for (let column = 0; column < columns; column++) mask[at++] = wordAt(rowKey, column) < threshold ? 0 : keep;
    }
  }
  return mask;
}

/** Words below this are dropped: p scaled to the 32-bit range. */
export function dropThreshold(probability: number): number {
  return Math.round(probability * 2 ** 32);
}

/** Row coordinates of hidden states: one row for each token. */
export function tokenRows(length: number): number[][] {
  return Array.from({ length }, (_, token) => [token]);
}

/** Row coordinates of attention probabilities: one row for each head and query position. */
export function attentionRows(heads: number, length: number): number[][] {
  return Array.from({ length: heads * length }, (_, row) => [Math.floor(row / length), row % length]);
}
