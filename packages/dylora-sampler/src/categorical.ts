import { ConfigError } from "@dylora/errors";
import { normalised, type RankDistribution } from "./rank-distribution.ts";

/**
 * Ranks with weights of your own; they need not sum to 1.
 *
 * @param weights weight of each rank, keyed by rank: `{ 1: 2, 4: 1, 8: 1 }` draws rank 1 half of the time
 * @throws ConfigError `bad_rank`, `bad_probability` or `empty_distribution`.
 * @example
 * ```ts
 * import { categorical } from "@dylora/dylora-sampler";
 *
 * console.log(categorical({ 1: 2, 4: 1, 8: 1 }).pmf); // [0.5, 0.25, 0.25]
 * ```
 */
export function categorical(weights: Readonly<Record<number, number>>): RankDistribution {
  // Whole-number keys of an object come in ascending order.
  const ranks = Object.keys(weights).map(Number);
  return normalised(`categorical(${ranks.join(",")})`, ranks, Object.values(weights));
}

/**
 * A chosen set of ranks, equally often or weighted, in any order.
 *
 * @param ranks the ranks, each once
 * @param weights weight of each entry of `ranks`, in the same order; need not sum to 1. Default: all equal.
 * @throws ConfigError `bad_rank`, `duplicate_rank`, `pmf_length`, `bad_probability` or `empty_distribution`.
 * @example
 * ```ts
 * import { rankSet } from "@dylora/dylora-sampler";
 *
 * console.log(rankSet([1, 2, 4, 8]).pmf); // [0.25, 0.25, 0.25, 0.25]
 * ```
 */
export function rankSet(ranks: readonly number[], weights?: readonly number[]): RankDistribution {
  const name = `rank-set(${ranks.join(",")})`;
  if (weights !== undefined && weights.length !== ranks.length) {
    throw new ConfigError("pmf_length", `${name}: ${weights.length} weights for ${ranks.length} ranks; give one each`);
  }
  const duplicate = ranks.find((rank, i) => ranks.indexOf(rank) !== i);
  if (duplicate !== undefined) {
    throw new ConfigError("duplicate_rank", `${name}: rank ${duplicate} appears twice; list each rank once`);
  }
  const pairs = ranks.map((rank, i) => [rank, weights?.[i] ?? 1] as const).sort((a, b) => a[0] - b[0]);
  return normalised(
    name,
    pairs.map(([rank]) => rank),
    pairs.map(([, weight]) => weight),
  );
}
