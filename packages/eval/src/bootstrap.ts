import { ConfigError } from "@dylora/errors";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { mean, quantileSorted } from "simple-statistics";

/**
 * A corpus score as a function of the chosen units.
 *
 * `indices` holds one unit index (0-based) per draw, repeats included; for the plain score it is 0, 1, …, units − 1.
 * The array is reused between calls: read it, do not keep it. A fast statistic adds up per-unit sufficient statistics
 * (counts, matches, lengths) over the indices and divides once at the end.
 */
export type BootstrapStatistic = (indices: Int32Array) => number;

/** Settings that every bootstrap shares. */
export interface BootstrapOptions {
  /** Number of resamples. Default 1000. */
  readonly resamples?: number;
  /** Level of the interval, between 0 and 1. Default 0.95. */
  readonly confidence?: number;
  /** Seed of the resampling, an integer. Default 0. Same seed and same `units`: same resamples. */
  readonly seed?: number;
}

/** What {@link bootstrapInterval} needs. */
export interface BootstrapIntervalOptions extends BootstrapOptions {
  /** Number of independent units (examples, or instances with all their references). */
  readonly units: number;
  /** The score to bound. */
  readonly statistic: BootstrapStatistic;
}

/** A score with its percentile interval. */
export interface BootstrapInterval {
  /** The score on the data as it is. */
  readonly estimate: number;
  /** Lower end of the interval. NaN when the score was undefined on every resample. */
  readonly low: number;
  /** Upper end of the interval. NaN when the score was undefined on every resample. */
  readonly high: number;
  /** Resamples that count: those on which the score was finite. */
  readonly resamples: number;
  /** Level of the interval, between 0 and 1. */
  readonly confidence: number;
}

/** What {@link pairedBootstrap} needs. */
export interface PairedBootstrapOptions extends BootstrapOptions {
  /** Number of independent units, the same ones for both systems. */
  readonly units: number;
  /** The score of system A. */
  readonly statisticA: BootstrapStatistic;
  /** The score of system B, on the same scale. */
  readonly statisticB: BootstrapStatistic;
}

/** How far apart two systems are on the same units. */
export interface PairedBootstrap {
  /** Score of A minus score of B, on the data as it is. */
  readonly difference: number;
  /** Lower end of the percentile interval of the difference. */
  readonly low: number;
  /** Upper end of the percentile interval of the difference. */
  readonly high: number;
  /** Two-sided p-value of "there is no difference"; see {@link pairedBootstrap}. */
  readonly pValue: number;
  /** Share of resamples in which A scores above B, ties counted half (Koehn 2004 reads it as "A is better"). */
  readonly winRate: number;
  /** Resamples that count: those on which both scores were finite. */
  readonly resamples: number;
  /** Level of the interval, between 0 and 1. */
  readonly confidence: number;
}

/**
 * Percentile bootstrap interval of a corpus score (Efron 1979): draw `units` units with replacement, score them,
 * repeat, and take the quantiles (1 ∓ confidence)/2 of the scores, linearly interpolated as `numpy.percentile` does.
 *
 * Resamples on which the score is not finite (a correlation of constants, say) are left out; `resamples` says how many
 * counted.
 *
 * @throws ConfigError when `units` or `resamples` is not a positive integer, `seed` not an integer, or `confidence` not
 * between 0 and 1.
 * @example
 * ```ts
 * import { bootstrapInterval } from "@dylora/eval";
 *
 * const correct = [1, 0, 1, 1, 1, 0, 1, 1];
 * const { estimate, low, high } = bootstrapInterval({
 *   units: correct.length,
 *   statistic: (indices) => indices.reduce((sum, i) => sum + correct[i]!, 0) / indices.length,
 * });
 * console.log(`accuracy ${estimate} [${low}, ${high}]`);
 * ```
 */
export function bootstrapInterval(options: BootstrapIntervalOptions): BootstrapInterval {
  const { units, statistic } = options;
  const { confidence, draws } = prepare(units, options);
  const scores: number[] = [];
  for (const indices of draws) {
    const score = statistic(indices);
    if (Number.isFinite(score)) scores.push(score);
  }
  return {
    estimate: statistic(identity(units)),
    ...interval(scores, confidence),
    resamples: scores.length,
    confidence,
  };
}

/**
 * Paired bootstrap of two systems on the same units and the same resamples (Koehn 2004, "Statistical Significance
 * Tests for Machine Translation Evaluation").
 *
 * The p-value is two-sided, by the shift method (Noreen 1989; Riezler and Maxwell 2005): with d the difference on the
 * data and d* the differences on the resamples, p = (1 + #\{ |d* − mean(d*)| ≥ |d| \}) / (1 + resamples). The added ones
 * keep the test from rejecting too often, as in sacreBLEU's `--paired-bs`. Two deviations from sacreBLEU, which centres
 * |d*| instead of d* and asks for a strict ">": there a system compared with itself gets the smallest p-value, here it
 * gets 1.
 *
 * Resamples on which either score is not finite are left out; when none is left, or a score on the data is not finite,
 * the p-value is NaN.
 *
 * @throws ConfigError as {@link bootstrapInterval} does.
 * @example
 * ```ts
 * import { pairedBootstrap } from "@dylora/eval";
 *
 * const rank1 = [1, 0, 0, 1, 1, 0, 1, 0, 1, 0];
 * const rank8 = [1, 1, 0, 1, 1, 1, 1, 0, 1, 1];
 * const accuracy = (correct: number[]) => (indices: Int32Array) =>
 *   indices.reduce((sum, i) => sum + correct[i]!, 0) / indices.length;
 * const { difference, low, high, pValue } = pairedBootstrap({
 *   units: rank1.length,
 *   statisticA: accuracy(rank8),
 *   statisticB: accuracy(rank1),
 * });
 * console.log(`+${difference} [${low}, ${high}], p = ${pValue}`);
 * ```
 */
export function pairedBootstrap(options: PairedBootstrapOptions): PairedBootstrap {
  const { units, statisticA, statisticB } = options;
  const { confidence, draws } = prepare(units, options);
  const differences: number[] = [];
  let wins = 0;
  for (const indices of draws) {
    const difference = statisticA(indices) - statisticB(indices);
    if (!Number.isFinite(difference)) continue;
    differences.push(difference);
    wins += difference > 0 ? 1 : difference === 0 ? 0.5 : 0;
  }
  const all = identity(units);
  const difference = statisticA(all) - statisticB(all);
  const resamples = differences.length;
  return {
    difference,
    ...interval(differences, confidence),
    pValue: shiftPValue(differences, difference),
    winRate: resamples === 0 ? Number.NaN : wins / resamples,
    resamples,
    confidence,
  };
}

function shiftPValue(differences: readonly number[], observed: number): number {
  if (differences.length === 0 || !Number.isFinite(observed)) return Number.NaN;
  const centre = mean(differences as number[]);
  // Scores carry rounding noise: a tie must count as a tie.
  const threshold = Math.abs(observed) * (1 - 1e-12);
  const extreme = differences.filter((d) => Math.abs(d - centre) >= threshold).length;
  return (1 + extreme) / (1 + differences.length);
}

function interval(scores: readonly number[], confidence: number): { low: number; high: number } {
  if (scores.length === 0) return { low: Number.NaN, high: Number.NaN };
  const sorted = Float64Array.from(scores).sort() as unknown as number[];
  const tail = (1 - confidence) / 2;
  return { low: quantileSorted(sorted, tail), high: quantileSorted(sorted, 1 - tail) };
}

function identity(units: number): Int32Array {
  return Int32Array.from({ length: units }, (_, i) => i);
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value > 0;

function prepare(units: number, { resamples = 1000, confidence = 0.95, seed = 0 }: BootstrapOptions) {
  // By hand: a page that draws intervals need not carry the errors package's ways of showing a value.
  const wrong = (code: string, name: string, value: number, right: string) =>
    new ConfigError(code, `${name} is ${value}; it must be a whole number${right}`, { details: { [name]: value } });
  if (!isCount(units)) throw wrong("bad_units", "units", units, " of at least 1");
  if (!isCount(resamples)) throw wrong("bad_resamples", "resamples", resamples, " of at least 1");
  if (!Number.isSafeInteger(seed)) throw wrong("bad_seed", "seed", seed, "");
  if (!(confidence > 0 && confidence < 1)) {
    throw new ConfigError("bad_confidence", `confidence is ${confidence}; it must lie between 0 and 1`, {
      details: { confidence },
    });
  }
  return { confidence, draws: resample(units, resamples, seed) };
}

/** Yields the same array each time, filled anew. */
function* resample(units: number, resamples: number, seed: number): Generator<Int32Array> {
  const generator = xoroshiro128plus(seed);
  // Neighbouring seeds start with related states; let them drift apart.
  for (let i = 0; i < 32; i++) generator.next();
  const indices = new Int32Array(units);
  for (let s = 0; s < resamples; s++) {
    for (let i = 0; i < units; i++) indices[i] = uniformInt(generator, 0, units - 1);
    yield indices;
  }
}
