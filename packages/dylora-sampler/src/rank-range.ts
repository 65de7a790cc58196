import { ConfigError } from "@dylora/errors";
import { checkRank } from "./rank-distribution.ts";

/** A run of consecutive ranks. */
export interface RankRange {
  /** Lowest rank, r_min, 1-based. Default 1. */
  readonly min?: number;
  /** Highest rank, r_max, inclusive. */
  readonly max: number;
}

/** No weight matrix of a transformer has more rows or columns; a larger range is a mistake, refused before allocation. */
const LARGEST_RANGE = 65_536;

/** The ranks min..max. Throws ConfigError when they are no ranks, crossed, or too many. */
export function ranksOf({ min = 1, max }: RankRange): number[] {
  checkRank("min", min);
  checkRank("max", max);
  if (min > max) {
    throw new ConfigError("bad_rank_range", `min ${min} is above max ${max}`, { details: { min, max } });
  }
  if (max - min >= LARGEST_RANGE) {
    throw new ConfigError("bad_rank_range", `${min}..${max} is more than ${LARGEST_RANGE} ranks`, {
      details: { min, max },
    });
  }
  return Array.from({ length: max - min + 1 }, (_, i) => min + i);
}
