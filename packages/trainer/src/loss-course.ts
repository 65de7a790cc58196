/** How the training loss went, from its first steps to its last. */
export interface LossCourse {
  /**
   * `fell`; `flat`: the end is no better than the start; `diverged`: the end is far above the start; `unknown`: too few
   * steps to say.
   */
  readonly verdict: "fell" | "flat" | "diverged" | "unknown";
  /** Median loss of the first steps; NaN when there are none. */
  readonly start: number;
  /** Median loss of the last steps; NaN when there are none. */
  readonly end: number;
  /** How many steps each of these is of. */
  readonly window: number;
}

/** Below this number of steps nothing is said. */
const FEWEST = 20;

/** Steps that start and end are medians of, at most. */
const WIDEST = 50;

/** A median that is so many times the one before lies far above it. */
const FAR = 1.5;

/** Loss that has not fallen by this share, or by what chance explains, has not fallen. */
const LITTLE = 0.02;

function median(sorted: Float64Array): number {
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] as number;
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

interface Window {
  readonly median: number;
  /** Standard error of the median, from the median absolute deviation, so that single outliers do not count. */
  readonly error: number;
}

function windowOf(losses: readonly number[]): Window {
  const middle = median(Float64Array.from(losses).sort());
  const deviation = median(Float64Array.from(losses, (loss) => Math.abs(loss - middle)).sort());
  // 1.4826 makes a standard deviation of it, 1.2533 the error of a median of that of a mean; both for normal noise.
  return { median: middle, error: (1.4826 * 1.2533 * deviation) / Math.sqrt(losses.length) };
}

/**
 * Judges the training losses of a run by the medians of its first and its last steps, a fifth of them but at most 50.
 * It has diverged when the end is half as high again as the start, or as the first loss of all, and more than chance
 * explains, or not a number. It is
 * flat when the end is not below the start by 2 %, or not by more than chance explains.
 *
 * A model that was good before training is flat too: its loss has no way to fall.
 *
 * @param losses of all steps, in order
 *
 * @example
 * ```ts
 * import { lossCourse } from "@dylora/trainer";
 *
 * const falling = Array.from({ length: 100 }, (_, step) => Math.exp(-step / 50));
 * console.log(lossCourse(falling).verdict); // fell
 * console.log(lossCourse([...falling].reverse()).verdict); // diverged
 * ```
 */
export function lossCourse(losses: readonly number[]): LossCourse {
  const window = Math.min(WIDEST, Math.max(1, Math.floor(losses.length / 5)));
  if (losses.length === 0) return { verdict: "unknown", start: Number.NaN, end: Number.NaN, window: 0 };
  const first = windowOf(losses.slice(0, window));
  const last = windowOf(losses.slice(-window));
  const course = { start: first.median, end: last.median, window };
  if (!Number.isFinite(last.median)) return { ...course, verdict: "diverged" };
  if (losses.length < FEWEST || !Number.isFinite(first.median)) return { ...course, verdict: "unknown" };
  const error = Math.hypot(first.error, last.error);
  const rise = last.median - first.median;
  // Too high a rate breaks a model within its first steps; the very first loss is of the model as it was.
  const [begin = first.median] = losses;
  if (last.median > FAR * begin && last.median - begin > 3 * last.error) {
    return { ...course, start: Math.min(begin, first.median), verdict: "diverged" };
  }
  if (last.median > FAR * first.median && rise > 3 * error) return { ...course, verdict: "diverged" };
  const fell = -rise > LITTLE * Math.abs(first.median) && -rise > 2 * error;
  return { ...course, verdict: fell ? "fell" : "flat" };
}
