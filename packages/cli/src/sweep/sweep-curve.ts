import { metricInterval } from "@dylora/eval";
import type { AdaptedModel } from "@dylora/lora-core";
import { aurac } from "@dylora/trainer";
import type { CommandContext } from "../context.ts";
import type { Curve, CurvePoint } from "../report/sweep-file.ts";
import type { EvaluationSet } from "../tasks/encode-task.ts";
import { type EvaluatedRank, evaluateRanks } from "./evaluate-rank.ts";

/** How sure an interval is, and what it costs. */
export interface BootstrapSettings {
  /** Level of the intervals. */
  readonly confidence: number;
  /** Number of resamples. */
  readonly resamples: number;
}

/** What is swept. */
export interface SweepJob {
  /** The trained model. */
  readonly adapted: AdaptedModel;
  /** What it is measured on. */
  readonly evaluation: EvaluationSet;
  /** Classification or regression. */
  readonly kind: "classification" | "regression";
  /** Ranks to evaluate, rising. */
  readonly ranks: readonly number[];
  /** Intervals; none when left out. */
  readonly bootstrap?: BootstrapSettings;
  /** What to call it in the display of progress. */
  readonly title: string;
}

/** Evaluates an adapter at each rank, showing progress. */
export async function evaluateAll(job: SweepJob, context: CommandContext): Promise<EvaluatedRank[]> {
  const { adapted, evaluation, kind, ranks, title } = job;
  const total = ranks.length * evaluation.batches.batchesPerEpoch;
  const progress = context.progress({ title, total, unit: "batches" });
  const evaluated: EvaluatedRank[] = [];
  let done = 0;
  const onBatch = () => progress.update(++done, `rank ${ranks[evaluated.length]}`);
  try {
    for await (const rank of evaluateRanks(adapted, evaluation, { kind, ranks, signal: context.signal, onBatch })) {
      evaluated.push(rank);
    }
  } finally {
    progress.end();
  }
  return evaluated;
}

/** A point of a curve: every metric of the task, with an interval where a bootstrap is asked for. */
export function pointOf(
  { rank, parameters, loss, seconds, predictions }: EvaluatedRank,
  { labels, metrics: [metric, ...others] }: EvaluationSet,
  bootstrap?: BootstrapSettings,
): CurvePoint {
  const interval =
    bootstrap === undefined
      ? undefined
      : metricInterval({
          metric,
          predictions,
          labels,
          confidence: bootstrap.confidence,
          samples: bootstrap.resamples,
        });
  const further = Object.fromEntries(others.map((other) => [other.name, other.compute(predictions, labels)]));
  return {
    rank,
    parameters,
    metric: metric.compute(predictions, labels),
    ...(interval === undefined ? {} : { low: interval.low, high: interval.high }),
    loss,
    seconds,
    ...(others.length === 0 ? {} : { metrics: further }),
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
  { name, kind, trainSeconds }: Pick<Curve, "name" | "kind" | "trainSeconds">,
  points: readonly CurvePoint[],
): Curve {
  const sweepSeconds = points.reduce((sum, { seconds }) => sum + seconds, 0);
  return { name, kind, points, trainSeconds, sweepSeconds, aurac: areaUnder(points) };
}
