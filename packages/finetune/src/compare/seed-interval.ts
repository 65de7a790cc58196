import { studentT } from "./student-t.ts";

/** Mean over seeds, with its interval where there are seeds enough for one. */
export interface SeedMean {
  /** The mean; NaN when a seed's score is not defined. */
  readonly mean: number;
  /** Lower end of the interval of the mean. */
  readonly low?: number;
  /** Upper end of the interval of the mean. */
  readonly high?: number;
}

/** Fewer say too little about their spread. */
const FEWEST_SEEDS = 3;

/** Mean of a score over seeds and its interval by Student's t. */
export function meanOverSeeds(scores: readonly number[], confidence: number): SeedMean {
  const count = scores.length;
  const mean = scores.reduce((sum, score) => sum + score, 0) / count;
  if (count < FEWEST_SEEDS || !Number.isFinite(mean)) return { mean };
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / (count - 1);
  const half = studentT(confidence, count - 1) * Math.sqrt(variance / count);
  return { mean, low: mean - half, high: mean + half };
}
