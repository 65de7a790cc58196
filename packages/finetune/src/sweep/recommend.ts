import { pairedBootstrap } from "@dylora/eval";
import type { Recommendation } from "@dylora/report";
import { bestRank, recommendRank } from "@dylora/trainer";
import type { EvaluationSet } from "../tasks/task.ts";
import type { EvaluatedRank } from "./evaluate-rank.ts";
import type { BootstrapSettings } from "./sweep-curve.ts";

/**
 * The smallest rank that is safely within ε of the best, by paired bootstrap on the same examples.
 *
 * @returns undefined when the metric is not defined at any rank
 */
export function recommend(
  evaluated: readonly EvaluatedRank[],
  { size: units, metric: { higherIsBetter } }: EvaluationSet,
  epsilon: number,
  { confidence, resamples }: BootstrapSettings,
): Recommendation | undefined {
  const rated = evaluated.map(({ rank, statistic, score: metric }) => ({ rank, statistic, metric }));
  const best = bestRank(rated, higherIsBetter);
  if (best === undefined) return undefined;
  type Rated = (typeof rated)[number];
  const compare = (a: Rated, b: Rated) =>
    pairedBootstrap({ units, statisticA: a.statistic, statisticB: b.statistic, confidence, resamples });
  const chosen = recommendRank(rated, { compare, epsilon, higherIsBetter });
  const result = { rank: chosen.rank, epsilon, best: { rank: best.rank, metric: best.metric } };
  if (chosen.rank === best.rank) return result;
  const { low, high } = compare(chosen, best);
  return { ...result, interval: { low, high } };
}
