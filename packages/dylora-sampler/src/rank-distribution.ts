import { ConfigError, isWhole } from "@dylora/errors";

/**
 * Which ranks a training step may use, and how often: p_B of the DyLoRA paper (arXiv 2210.07558).
 *
 * Plain data, so it can be printed, compared and stored in a checkpoint. Any object with these three members is a
 * distribution; {@link checkDistribution} says what is wrong with one that is not.
 */
export interface RankDistribution {
  /** What to call it in logs and reports, parameters included, for instance `uniform(1..8)`. */
  readonly name: string;
  /** The ranks that can be drawn, 1-based, ascending, each once. A sweep evaluates these. */
  readonly ranks: readonly number[];
  /** Probability of each entry of `ranks`, in the same order; sums to 1. */
  readonly pmf: readonly number[];
}

/** Limits for {@link checkDistribution}. */
export interface CheckDistributionOptions {
  /** The rank of the trained adapter, r_max. No rank may be above it. Default: no limit. */
  readonly maxRank?: number;
}

/** How far a sum of probabilities may be from 1: room for decimals typed by hand and for rounding. */
const SUM_TOLERANCE = 1e-6;

/**
 * Refuses a distribution that does not keep its contract, so that training cannot start with it.
 *
 * @throws ConfigError with one of these codes:
 * - `bad_distribution`: `name`, `ranks` or `pmf` is missing or of the wrong type;
 * - `empty_distribution`: no ranks;
 * - `bad_rank`: a rank is 0, negative or not an integer;
 * - `ranks_not_ascending`: ranks are out of order or repeated;
 * - `rank_above_max`: a rank is above `maxRank`;
 * - `pmf_length`: `pmf` and `ranks` differ in length;
 * - `bad_probability`: a probability is negative, NaN or infinite;
 * - `pmf_sum`: the probabilities do not sum to 1 (within 1e-6).
 * @example
 * ```ts
 * import { checkDistribution } from "@dylora/dylora-sampler";
 *
 * const mostlyFull = { name: "mostly full", ranks: [1, 4, 8], pmf: [0.2, 0.2, 0.6] };
 * checkDistribution(mostlyFull, { maxRank: 8 });
 * ```
 */
export function checkDistribution(distribution: RankDistribution, options: CheckDistributionOptions = {}): void {
  const { name, ranks, pmf } = distribution;
  if (typeof name !== "string" || !Array.isArray(ranks) || !Array.isArray(pmf)) {
    throw new ConfigError(
      "bad_distribution",
      "a rank distribution needs the members name (string), ranks (array of numbers) and pmf (array of numbers)",
    );
  }
  checkRanks(name, ranks, options.maxRank ?? Number.POSITIVE_INFINITY);
  if (pmf.length !== ranks.length) {
    throw fault(name, "pmf_length", `pmf has ${pmf.length} entries for ${ranks.length} ranks; it needs one per rank`);
  }
  checkWeights(name, ranks, pmf);
  const sum = total(pmf);
  if (Math.abs(sum - 1) > SUM_TOLERANCE) {
    throw fault(name, "pmf_sum", `the probabilities sum to ${sum}, not 1; categorical() takes unnormalised weights`);
  }
}

/**
 * Mean rank Σ b·P(b): the average size of a training step, for cost estimates.
 *
 * @example
 * ```ts
 * import { expectedRank, uniform } from "@dylora/dylora-sampler";
 *
 * console.log(expectedRank(uniform({ max: 8 }))); // 4.5
 * ```
 */
export function expectedRank(distribution: RankDistribution): number {
  return distribution.ranks.reduce((sum, rank, i) => sum + rank * distribution.pmf[i]!, 0);
}

/** Makes a distribution of ascending ranks and weights of any positive sum. */
export function normalised(name: string, ranks: readonly number[], weights: readonly number[]): RankDistribution {
  checkRanks(name, ranks, Number.POSITIVE_INFINITY);
  checkWeights(name, ranks, weights);
  const sum = total(weights);
  if (!(sum > 0) || !Number.isFinite(sum)) {
    throw fault(name, "bad_probability", `the weights sum to ${sum}; they need a positive, finite sum`);
  }
  return Object.freeze({
    name,
    ranks: Object.freeze([...ranks]),
    pmf: Object.freeze(weights.map((weight) => weight / sum)),
  });
}

/** Checks one rank given on its own: a bound of a range, a fixed rank. */
export function checkRank(what: string, rank: number): void {
  if (isWhole(rank, { min: 1 })) return;
  throw new ConfigError("bad_rank", `${what} is ${rank}; ranks are whole numbers from 1`, { details: { rank } });
}

function checkRanks(name: string, ranks: readonly number[], maxRank: number): void {
  if (ranks.length === 0) throw fault(name, "empty_distribution", "it has no ranks; it needs at least one");
  ranks.forEach((rank, i) => {
    checkRank(`rank distribution "${name}": ranks[${i}]`, rank);
    const before = ranks[i - 1];
    if (before !== undefined && rank <= before) {
      throw fault(name, "ranks_not_ascending", `rank ${rank} follows rank ${before}; list each rank once, ascending`);
    }
    if (rank > maxRank) {
      throw fault(name, "rank_above_max", `rank ${rank} is above the adapter's rank ${maxRank}`, { rank, maxRank });
    }
  });
}

function checkWeights(name: string, ranks: readonly number[], weights: readonly number[]): void {
  weights.forEach((weight, i) => {
    if (weight >= 0 && Number.isFinite(weight)) return;
    throw fault(name, "bad_probability", `rank ${ranks[i]} has probability ${weight}; it must be 0 or above, finite`);
  });
}

function total(weights: readonly number[]): number {
  return weights.reduce((sum, weight) => sum + weight, 0);
}

function fault(name: string, code: string, what: string, details: Record<string, unknown> = {}): ConfigError {
  return new ConfigError(code, `rank distribution "${name}": ${what}`, { details: { distribution: name, ...details } });
}
