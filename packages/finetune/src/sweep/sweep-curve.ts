import { bootstrapInterval } from "@dylora/eval";
import type { AdaptedModel } from "@dylora/lora-core";
import type { Curve, CurvePoint } from "@dylora/report";
import { aurac } from "@dylora/trainer";
import type { WorkContext } from "../context.ts";
import type { EvaluationSet } from "../tasks/task.ts";
import { type EvaluatedRank, evaluateRank } from "./evaluate-rank.ts";
import type { MeasuredStore } from "./measured-store.ts";

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
  /** Ranks to evaluate, rising. */
  readonly ranks: readonly number[];
  /** Intervals; none when left out. */
  readonly bootstrap?: BootstrapSettings;
  /** Where ranks that are done are kept; default nowhere. */
  readonly store?: MeasuredStore;
  /** What to call it in the display of progress. */
  readonly title: string;
}

/** Evaluates an adapter at each rank, showing progress. */
export async function evaluateAll(job: SweepJob, context: WorkContext): Promise<EvaluatedRank[]> {
  const { adapted, evaluation, ranks, title, store } = job;
  const { work, unit } = evaluation;
  const progress = context.progress({ title, total: ranks.length * work, unit });
  const evaluated: EvaluatedRank[] = [];
  try {
    for (const [place, rank] of ranks.entries()) {
      const onProgress = (done: number, detail?: string) =>
        progress.update(place * work + done, [`rank ${rank}`, detail].filter(Boolean).join(", "));
      if ((await store?.find(rank)) !== undefined) context.note(`rank ${rank}: measured before`);
      evaluated.push(await evaluateRank(adapted, evaluation, rank, { signal: context.signal, onProgress }, store));
    }
  } finally {
    progress.end();
  }
  return evaluated;
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
  { name, kind, trainSeconds }: Pick<Curve, "name" | "kind" | "trainSeconds">,
  points: readonly CurvePoint[],
): Curve {
  const sweepSeconds = points.reduce((sum, { seconds }) => sum + seconds, 0);
  return { name, kind, points, trainSeconds, sweepSeconds, aurac: areaUnder(points) };
}
