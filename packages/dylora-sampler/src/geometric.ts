import { ConfigError } from "@dylora/errors";
import { normalised, type RankDistribution } from "./rank-distribution.ts";
import { type RankRange, ranksOf } from "./rank-range.ts";

/** Parameters of {@link geometric}. */
export interface GeometricOptions extends RankRange {
  /** Success probability, 0 < p < 1: each rank is (1 − p) times as likely as the one below. Default 0.15. */
  readonly p?: number;
}

/**
 * Geometric distribution, truncated to `min`..`max` and renormalised:
 * P(b) = (1 − p)^(b − min) · p / (1 − (1 − p)^(max − min + 1)).
 *
 * The convention is that of `numpy.random.geometric` and `scipy.stats.geom`: p is the probability of stopping, the
 * lowest rank is the likeliest. The DyLoRA paper's ablation uses p = 0.15; its released code has no geometric sampler.
 * At p = 0.15 over 1..8, rank 1 has probability 0.206 and rank 8 has 0.066.
 *
 * @throws ConfigError `bad_geometric_p` when p is not between 0 and 1; `bad_rank` or `bad_rank_range` for the bounds.
 * @example
 * ```ts
 * import { geometric } from "@dylora/dylora-sampler";
 *
 * console.log(geometric({ p: 0.5, max: 3 }).pmf); // 4/7, 2/7, 1/7
 * ```
 */
export function geometric({ p = 0.15, ...range }: GeometricOptions): RankDistribution {
  if (!(p > 0 && p < 1)) {
    throw new ConfigError("bad_geometric_p", `geometric p is ${p}; it must lie between 0 and 1`, { details: { p } });
  }
  const ranks = ranksOf(range);
  // Repeated products, not Math.pow, whose last bit may differ between JavaScript engines.
  let weight = p;
  const weights = ranks.map(() => {
    const here = weight;
    weight *= 1 - p;
    return here;
  });
  return normalised(`geometric(p=${p}, ${ranks[0]}..${range.max})`, ranks, weights);
}
