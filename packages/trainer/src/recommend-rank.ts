import { ConfigError } from "@dylora/errors";

/** A rank with its metric, as a sweep found it. */
export interface RatedRank {
  /** Effective rank b. */
  readonly rank: number;
  /** Its metric; higher is better unless said otherwise. NaN where it is not defined (a correlation of constants). */
  readonly metric: number;
}

/**
 * Area under the metric-over-rank curve (AURAC of MatryoshkaLoRA, arXiv 2605.07850): trapezoids, divided by the width,
 * so it is on the scale of the metric. One rank alone is its own area.
 *
 * @param axis `log2` (default) weighs doublings alike; `linear` weighs ranks alike
 * @returns NaN when the metric of a rank is not defined: an area without that rank would be of another curve
 * @throws ConfigError `no_ranks` for an empty curve
 */
export function aurac(curve: readonly RatedRank[], axis: "linear" | "log2" = "log2"): number {
  const points = [...curve].sort((a, b) => a.rank - b.rank);
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined) throw new ConfigError("no_ranks", "the curve has no ranks");
  const x = (rank: number): number => (axis === "log2" ? Math.log2(rank) : rank);
  if (first.rank === last.rank) return first.metric;
  let area = 0;
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1], points[i]] as [RatedRank, RatedRank];
    area += ((x(b.rank) - x(a.rank)) * (a.metric + b.metric)) / 2;
  }
  return area / (x(last.rank) - x(first.rank));
}

/** How {@link recommendRank} decides. */
export interface RecommendOptions<Rated extends RatedRank> {
  /**
   * Confidence interval of metric(candidate) - metric(best) on the same examples, for instance by the paired bootstrap
   * of `@dylora/eval`.
   */
  readonly compare: (candidate: Rated, best: Rated) => { readonly low: number; readonly high: number };
  /** How much worse than the best a rank may be. Default 0.01. */
  readonly epsilon?: number;
  /** False for metrics that should fall. Default true. */
  readonly higherIsBetter?: boolean;
}

/**
 * The smallest rank that is safely within ε of the best: its paired interval against the best does not reach below -ε.
 *
 * A rank whose metric is not a finite number is never the best and never recommended; nor is one, other than the best,
 * whose interval is not defined.
 *
 * @throws ConfigError `no_ranks` for an empty sweep, and for one whose metric is not defined at any rank
 */
export function recommendRank<Rated extends RatedRank>(
  sweep: readonly Rated[],
  { compare, epsilon = 0.01, higherIsBetter = true }: RecommendOptions<Rated>,
): Rated {
  const best = bestRank(sweep, higherIsBetter);
  if (best === undefined) {
    const why = sweep.length === 0 ? "the sweep has no ranks" : "the metric is not defined at any rank of the sweep";
    throw new ConfigError("no_ranks", `${why}: there is none to recommend`);
  }
  const good = defined(sweep).find((candidate) => {
    if (candidate === best) return true;
    const { low, high } = compare(candidate, best);
    return (higherIsBetter ? low : -high) >= -epsilon;
  });
  return good ?? best;
}

/** Ranks whose metric is defined, rising. */
const defined = <Rated extends RatedRank>(sweep: readonly Rated[]): Rated[] =>
  sweep.filter(({ metric }) => Number.isFinite(metric)).sort((a, b) => a.rank - b.rank);

/**
 * The rank with the best metric, the smallest where several tie.
 *
 * @returns undefined when the metric is not a finite number at any rank
 *
 * @example
 * ```ts
 * import { bestRank } from "@dylora/trainer";
 *
 * const sweep = [Number.NaN, 0.8, 0.9].map((metric, index) => ({ rank: index + 1, metric }));
 * console.log(bestRank(sweep)?.rank); // 3
 * ```
 */
export function bestRank<Rated extends RatedRank>(sweep: readonly Rated[], higherIsBetter = true): Rated | undefined {
  const sign = higherIsBetter ? 1 : -1;
  return defined(sweep).reduce<Rated | undefined>(
    (top, candidate) => (top === undefined || sign * (candidate.metric - top.metric) > 0 ? candidate : top),
    undefined,
  );
}
