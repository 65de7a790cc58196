import { bootstrapInterval } from "@dylora/eval";
import type { Curve, CurvePoint } from "@dylora/report";
import { aurac } from "@dylora/trainer";
import type { EvaluationSet } from "../tasks/task.ts";
import type { EvaluatedRank } from "./evaluate-rank.ts";

/** How sure an interval is, and what it costs. */
export interface BootstrapSettings {
  /** Level of the intervals. */
  readonly confidence: number;
  /** Number of resamples. */
  readonly resamples: number;
}

/** A point of a curve: every metric of the task, with an interval where a bootstrap is asked for. */
export function pointOf(
  { rank, parameters, loss, seconds, score, further, statistic }: EvaluatedRank,
  { size }: EvaluationSet,
  bootstrap?: BootstrapSettings,
): CurvePoint {
  const interval =
    bootstrap === undefined
      ? undefined
      : bootstrapInterval({
          units: size,
          statistic,
          confidence: bootstrap.confidence,
          resamples: bootstrap.resamples,
        });
  return {
    rank,
    parameters,
    metric: score,
    ...(interval === undefined ? {} : { low: interval.low, high: interval.high }),
    ...(loss === undefined ? {} : { loss }),
    seconds,
    ...(Object.keys(further).length === 0 ? {} : { metrics: further }),
  };
}

/** Area under the points, where every metric is defined. */
export function areaUnder(points: readonly CurvePoint[]): Curve["aurac"] {
  const rated = points.flatMap(({ rank, metric }) =>
    Number.isFinite(metric) ? [{ rank, metric: metric as number }] : [],
  );
  if (rated.length === 0 || rated.length < points.length) return undefined;
  return { log2: aurac(rated, "log2"), linear: aurac(rated, "linear") };
}

/** A curve of points that one training run stands behind. */
export function curveOf(
  { name, kind, trainSeconds, trainSteps, trainCpuSeconds }: Omit<Curve, "points" | "sweepSeconds" | "aurac">,
  points: readonly CurvePoint[],
): Curve {
  const sweepSeconds = points.reduce((sum, { seconds }) => sum + seconds, 0);
  return { name, kind, points, trainSeconds, trainSteps, trainCpuSeconds, sweepSeconds, aurac: areaUnder(points) };
}
