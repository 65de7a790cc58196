import { normalised, type RankDistribution } from "./rank-distribution.ts";

/**
 * One rank, always: plain LoRA of rank `b`.
 *
 * @throws ConfigError `bad_rank`.
 * @example
 * ```ts
 * import { fixed } from "@dylora/dylora-sampler";
 *
 * console.log(fixed(8)); // { name: "fixed(8)", ranks: [8], pmf: [1] }
 * ```
 */
export function fixed(rank: number): RankDistribution {
  return normalised(`fixed(${rank})`, [rank], [1]);
}
