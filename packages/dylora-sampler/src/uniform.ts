import { normalised, type RankDistribution } from "./rank-distribution.ts";
import { type RankRange, ranksOf } from "./rank-range.ts";

/**
 * Every rank from `min` (default 1) to `max`, both included, equally often: the distribution of the released DyLoRA
 * code and of the paper's main tables.
 *
 * @throws ConfigError `bad_rank` or `bad_rank_range` when the bounds are no ranks or crossed.
 * @example
 * ```ts
 * import { uniform } from "@dylora/dylora-sampler";
 *
 * console.log(uniform({ max: 4 })); // { name: "uniform(1..4)", ranks: [1, 2, 3, 4], pmf: [0.25, 0.25, 0.25, 0.25] }
 * ```
 */
export function uniform(range: RankRange): RankDistribution {
  const ranks = ranksOf(range);
  return normalised(
    `uniform(${ranks[0]}..${range.max})`,
    ranks,
    ranks.map(() => 1),
  );
}
