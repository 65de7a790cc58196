import { sampleCorrelation } from "simple-statistics";
import { checkPairs, type Metric } from "../metric.ts";

/**
 * Pearson correlation, −1 to 1: scipy's `pearsonr`. NaN when predictions or labels are constant, contain NaN or an
 * infinity, or are fewer than two. GLUE's first score for STS-B.
 *
 * `compute` throws ShapeError `prediction_label_mismatch` or ConfigError `no_examples`.
 *
 * @example
 * ```ts
 * import { pearson } from "@dylora/eval/glue";
 *
 * console.log(pearson.compute([1, 2, 3], [1, 2, 4])); // 0.98198
 * ```
 */
export const pearson: Metric = {
  name: "pearson",
  higherIsBetter: true,
  compute(predictions, labels) {
    checkPairs(predictions, labels);
    return correlation(predictions, labels);
  },
};

/**
 * Spearman's rank correlation, −1 to 1: scipy's `spearmanr`, that is Pearson's of the ranks, tied values sharing the
 * mean of their ranks. NaN when predictions or labels are constant, contain NaN, or are fewer than two. GLUE's second
 * score for STS-B.
 *
 * `compute` throws as {@link pearson} does.
 *
 * @example
 * ```ts
 * import { spearman } from "@dylora/eval/glue";
 *
 * console.log(spearman.compute([1, 20, 300], [1, 2, 3])); // 1
 * ```
 */
export const spearman: Metric = {
  name: "spearmanr",
  higherIsBetter: true,
  compute(predictions, labels) {
    checkPairs(predictions, labels);
    return correlation(midranks(predictions), midranks(labels));
  },
};

function correlation(x: ArrayLike<number>, y: ArrayLike<number>): number {
  // Rounding would give a constant like 0.1 a tiny variance and so a meaningless correlation.
  if (isConstant(x) || isConstant(y)) return Number.NaN;
  const r = sampleCorrelation(x as number[], y as number[]);
  return Math.max(-1, Math.min(1, r));
}

function isConstant(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
}

/**
 * Ranks from 0.5 on, ties sharing their mean; all NaN when a value is NaN. Sorting numbers and searching them is
 * several times faster than sorting index pairs, which counts under the bootstrap.
 */
function midranks(values: ArrayLike<number>): Float64Array {
  const sorted = Float64Array.from(values).sort();
  if (Number.isNaN(sorted.at(-1))) return sorted.fill(Number.NaN);
  return Float64Array.from(values, (value) => (bound(sorted, value, false) + bound(sorted, value, true)) / 2);
}

/** Number of sorted entries below `value`, or not above it when `inclusive`. */
function bound(sorted: Float64Array, value: number, inclusive: boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value || (inclusive && sorted[middle] === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}
