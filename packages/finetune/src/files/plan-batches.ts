/** Rows are sorted by length among so many batches: little padding, and a stream does not wait for the last row. */
const WINDOW = 8;

/**
 * Which rows run side by side: rows of similar length, the longest first, out of a window that moves along the input.
 * A function of the lengths alone, so that an interrupted output goes on with the same batches.
 */
export function planBatches(lengths: readonly number[], batchSize: number): number[][] {
  const batches: number[][] = [];
  for (let from = 0; from < lengths.length; from += WINDOW * batchSize) {
    const window = Array.from(lengths.slice(from, from + WINDOW * batchSize), (_, index) => from + index);
    window.sort((a, b) => (lengths[b] as number) - (lengths[a] as number));
    for (let at = 0; at < window.length; at += batchSize) batches.push(window.slice(at, at + batchSize));
  }
  return batches;
}
