import { ConfigError, checkWhole } from "@dylora/errors";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import {
  type BootstrapInterval,
  type BootstrapOptions,
  bootstrapInterval,
  type PairedBootstrap,
  pairedBootstrap,
} from "../bootstrap.ts";
import type { CorpusScore } from "./corpus-metric.ts";
import { scoreSegments, sumRows } from "./segment-statistics.ts";

/**
 * Bootstrap interval of a corpus score over resampled segments ({@link bootstrapInterval}); no text is scored again.
 *
 * Quantities that a metric takes from the whole test set (NIST's information weights, CIDEr's document frequencies) stay
 * those of the whole test set.
 *
 * @example
 * ```ts
 * import { bleu, scoreInterval } from "@dylora/eval/nlg";
 *
 * const result = bleu().compute(["a b c d e", "f g h i j"], [["a b c d e"], ["f g h i k"]]);
 * const { estimate, low, high } = scoreInterval(result, { resamples: 200, seed: 1 });
 * console.log(`${estimate} [${low}, ${high}]`);
 * ```
 */
export function scoreInterval(result: CorpusScore, options: BootstrapOptions = {}): BootstrapInterval {
  const { statistics } = result;
  return bootstrapInterval({
    ...options,
    units: statistics.segments,
    statistic: (indices) => scoreSegments(statistics, indices),
  });
}

/**
 * Paired bootstrap of two systems scored by the same metric on the same test set ({@link pairedBootstrap}).
 *
 * @throws ConfigError `unlike_scores` when the two results come from different metrics, settings or test sets.
 */
export function compareScores(a: CorpusScore, b: CorpusScore, options: BootstrapOptions = {}): PairedBootstrap {
  requireComparable(a, b);
  return pairedBootstrap({
    ...options,
    units: a.statistics.segments,
    statisticA: (indices) => scoreSegments(a.statistics, indices),
    statisticB: (indices) => scoreSegments(b.statistics, indices),
  });
}

/** Settings of {@link approximateRandomization}. */
export interface RandomizationOptions {
  /** Number of random assignments. Default 10000, as in sacreBLEU. */
  readonly trials?: number;
  /** Seed, an integer. Default 0. */
  readonly seed?: number;
}

/** What {@link approximateRandomization} says. */
export interface Randomization {
  /** Score of A minus score of B. */
  readonly difference: number;
  /** Two-sided p-value of "A and B are the same system". */
  readonly pValue: number;
  /** Number of random assignments. */
  readonly trials: number;
}

/**
 * Approximate randomisation test of two systems (Riezler and Maxwell 2005): in each trial every segment goes to A or B by
 * the flip of a coin, and p = (1 + trials with a difference at least as large) / (1 + trials).
 *
 * sacreBLEU's `--paired-ar` counts strictly larger differences only, by which a system differs from itself with the
 * smallest p-value; here that p-value is 1.
 *
 * @throws ConfigError `unlike_scores`, `bad_trials` or `bad_seed`.
 */
export function approximateRandomization(
  a: CorpusScore,
  b: CorpusScore,
  { trials = 10_000, seed = 0 }: RandomizationOptions = {},
): Randomization {
  requireComparable(a, b);
  checkWhole("bad_trials", "trials", trials, { min: 1 });
  checkWhole("bad_seed", "seed", seed);
  const { width, segments, scoreOf } = a.statistics;
  const changes = b.statistics.rows.map((value, k) => value - a.statistics.rows[k]!);
  const sumsA = sumRows(a.statistics);
  const sumsB = sumRows(b.statistics);
  const difference = scoreOf(sumsA) - b.statistics.scoreOf(sumsB);
  const threshold = Math.abs(difference) * (1 - 1e-12);
  const generator = xoroshiro128plus(seed);
  // Neighbouring seeds start with related states; let them drift apart.
  for (let i = 0; i < 32; i++) generator.next();
  const swapped = new Float64Array(width);
  let extreme = 0;
  for (let trial = 0; trial < trials; trial++) {
    swapped.fill(0);
    let bits = 0;
    for (let i = 0; i < segments; i++) {
      if (i % 32 === 0) bits = generator.next();
      if (((bits >>> (i % 32)) & 1) === 0) continue;
      for (let c = 0; c < width; c++) swapped[c]! += changes[i * width + c]!;
    }
    const shuffled =
      scoreOf(sumsA.map((sum, c) => sum + swapped[c]!)) -
      b.statistics.scoreOf(sumsB.map((sum, c) => sum - swapped[c]!));
    if (Math.abs(shuffled) >= threshold) extreme++;
  }
  return { difference, pValue: (1 + extreme) / (1 + trials), trials };
}

function requireComparable(a: CorpusScore, b: CorpusScore): void {
  if (a.name === b.name && a.signature === b.signature && a.statistics.segments === b.statistics.segments) return;
  const describe = (score: CorpusScore) => `${score.name}|${score.signature} on ${score.statistics.segments} segments`;
  throw new ConfigError(
    "unlike_scores",
    `cannot compare ${describe(a)} with ${describe(b)}; score both systems with one metric on one test set`,
  );
}
