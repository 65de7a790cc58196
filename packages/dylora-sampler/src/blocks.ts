import { checkRank, normalised, type RankDistribution } from "./rank-distribution.ts";

/**
 * Ranks in blocks: a distribution over block counts becomes one over multiples of `blockSize`, as the `unit` of kohya
 * sd-scripts and the `block_size` of LyCORIS have it. `blocks(uniform({ max: 4 }), 2)` draws 2, 4, 6 and 8.
 *
 * @param counts distribution over the number of blocks, 1-based
 * @param blockSize ranks per block
 * @throws ConfigError `bad_rank` when `blockSize` is not a whole number from 1.
 * @example
 * ```ts
 * import { blocks, uniform } from "@dylora/dylora-sampler";
 *
 * console.log(blocks(uniform({ max: 4 }), 2).ranks); // [2, 4, 6, 8]
 * ```
 */
export function blocks(counts: RankDistribution, blockSize: number): RankDistribution {
  checkRank("blockSize", blockSize);
  return normalised(
    `blocks(${counts.name}, ${blockSize})`,
    counts.ranks.map((count) => count * blockSize),
    counts.pmf,
  );
}
