import type { Adapter } from "./adapter.ts";
import { checkRank } from "./rank-view.ts";

/**
 * Which rows of a pair a step at rank b changes:
 * - `full`: rows 1..b get a gradient (the paper's better row); the optimiser sees zeros above b;
 * - `frozen`: only the newest rows change, those above the next smaller trainable rank (with consecutive ranks: row b).
 *   The rest stays bit-identical and its optimiser state untouched;
 * - `frozen-reference`: the same gradient, zero elsewhere, through the whole optimiser, as the reference code does:
 *   momentum and weight decay still move the other rows;
 * - `matryoshka`: no rank is drawn; a fixed diagonal gives every rank a gradient at each step (arXiv 2605.07850).
 */
export type UpdateMode = "full" | "frozen" | "frozen-reference" | "matryoshka";

/** Names of the update modes. */
export const updateModes: readonly UpdateMode[] = ["full", "frozen", "frozen-reference", "matryoshka"];

/** A stretch `[start, end)` of the flat parameters. */
export interface ParameterRange {
  /** First index. */
  readonly start: number;
  /** Index after the last. */
  readonly end: number;
}

/**
 * Stretches of the flat parameters that hold rank rows `from`..`to` of every pair, and the whole head. Pairs of a
 * smaller rank give the rows they have.
 *
 * @param from first rank, 1-based
 * @param to last rank, included; below `from`: the head alone
 * @returns stretches that do not overlap, in buffer order
 * @throws ConfigError `rank_out_of_range`
 */
export function rowRanges({ pairs, parameters, maxRank }: Adapter, from: number, to: number): ParameterRange[] {
  checkRank(from, 1, Math.max(1, maxRank));
  checkRank(to, 0, maxRank);
  const ranges: ParameterRange[] = [];
  for (const pair of pairs) {
    const last = Math.min(to, pair.rank);
    if (from > last) continue;
    for (const name of [pair.nameA, pair.nameB]) {
      const { offset, shape } = parameters.entry(name);
      const columns = shape[1] ?? 0;
      ranges.push({ start: offset + (from - 1) * columns, end: offset + last * columns });
    }
  }
  for (const { kind, offset, size } of parameters.entries) {
    if (kind === "full") ranges.push({ start: offset, end: offset + size });
  }
  return ranges;
}

/**
 * Sets a flat gradient to zero outside the given stretches.
 *
 * @param gradients changed in place
 * @param ranges in any order
 *
 * @example
 * ```ts
 * import { keepRanges } from "@dylora/lora-core";
 *
 * const gradients = Float32Array.of(1, 2, 3, 4);
 * keepRanges(gradients, [{ start: 1, end: 3 }]);
 * console.log(gradients); // 0, 2, 3, 0
 * ```
 */
export function keepRanges(gradients: Float32Array, ranges: readonly ParameterRange[]): void {
  const sorted = [...ranges].sort((a, b) => a.start - b.start);
  let at = 0;
  for (const { start, end } of sorted) {
    gradients.fill(0, at, start);
    at = Math.max(at, end);
  }
  gradients.fill(0, at);
}

/**
 * First row that `frozen` trains at a rank: one above the next smaller rank that training can draw.
 *
 * @param ranks the ranks training draws from
 * @param rank the rank of this step
 * @returns a row from 1 to `rank`
 *
 * @example
 * ```ts
 * import { newestRow } from "@dylora/lora-core";
 *
 * console.log(newestRow([1, 2, 3, 4], 3)); // 3: row 3 alone
 * console.log(newestRow([2, 4, 8], 8)); // 5: rows 5 to 8
 * ```
 */
export function newestRow(ranks: readonly number[], rank: number): number {
  return 1 + ranks.reduce((below, candidate) => (candidate < rank ? Math.max(below, candidate) : below), 0);
}
