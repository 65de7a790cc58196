import { checkDistribution, checkRank, normalised, type RankDistribution } from "./rank-distribution.ts";

/** Options of {@link fromPmf}. */
export interface FromPmfOptions {
  /** The rank that the first entry stands for, 1-based. Default 1. */
  readonly min?: number;
}

/**
 * Consecutive ranks from a list of probabilities: entry i is the probability of rank `min + i`.
 *
 * Ranks of probability 0 are left out, so a sweep does not visit them.
 *
 * @throws ConfigError `pmf_sum` when the entries do not sum to 1 (within 1e-6), `bad_probability`, `bad_rank` or
 * `empty_distribution`.
 * @example
 * ```ts
 * import { fromPmf } from "@dylora/dylora-sampler";
 *
 * console.log(fromPmf([0.5, 0, 0.25, 0.25], { min: 2 }).ranks); // [2, 4, 5]
 * ```
 */
export function fromPmf(pmf: readonly number[], { min = 1 }: FromPmfOptions = {}): RankDistribution {
  checkRank("min", min);
  const all = { name: `from-pmf(${min}..${min + pmf.length - 1})`, ranks: pmf.map((_, i) => min + i), pmf };
  checkDistribution(all);
  const drawn = all.ranks.filter((rank) => pmf[rank - min]! > 0);
  return normalised(
    all.name,
    drawn,
    drawn.map((rank) => pmf[rank - min]!),
  );
}
