import type { SweepFile, TrainingLog } from "@dylora/report";
import type { Backend } from "@dylora/tensor";
import type { WorkContext } from "../context.ts";
import { versions } from "../models/versions.ts";
import type { LoggedTraining } from "../runs/event-log.ts";
import type { RunRecord } from "../runs/run-record.ts";
import type { TrainingSettings } from "../settings/training-settings.ts";
import type { EvaluationSet, OpenTask } from "../tasks/task.ts";
import { majorityBaseline } from "./answer-review.ts";

/** What a sweep or a comparison is about. */
export interface SweepSubject {
  /** Where it comes from: the command, and versions to record. */
  readonly origin: Pick<WorkContext, "command" | "versions">;
  /** The run folder, as the person named it; undefined where there is none. */
  readonly run: string | undefined;
  /** The task. */
  readonly task: OpenTask;
  /** What was measured on. */
  readonly evaluation: EvaluationSet;
  /** Examples trained on. */
  readonly trainingExamples: number;
  /** Settings of the training. */
  readonly settings: TrainingSettings;
  /** Steps of the training. */
  readonly steps: number;
  /** The base model. */
  readonly base: Pick<RunRecord["base"], "architecture" | "name" | "parameters">;
  /** The backend that measured. */
  readonly backend: Pick<Backend, "id" | "detail">;
  /** Level of the intervals. */
  readonly confidence: number;
}

/** Settings worth a line in a report. */
function shownSettings(settings: TrainingSettings, steps: number): SweepFile["settings"] {
  const { distribution, targets, promptForm, ...plain } = settings;
  const { batchSize, accumulation, lr, schedule, weightDecay, rank, alpha, scaling, updateMode, rankPer, seed } = plain;
  return {
    steps,
    "batch size": batchSize * accumulation,
    "learning rate": lr,
    schedule,
    "weight decay": weightDecay,
    "highest rank": rank,
    alpha,
    scaling,
    targets: targets === undefined ? "the model's default" : String(targets),
    ...(promptForm === undefined ? {} : { "prompt form": promptForm }),
    distribution: typeof distribution === "string" ? distribution : distribution.name,
    "update mode": updateMode,
    "rank per": rankPer,
    seed,
  };
}

/** The members that every sweep file has, besides its curves. */
export function sweepDocument(subject: SweepSubject): Omit<SweepFile, "curves"> {
  const { origin, run, task, evaluation, trainingExamples, settings, steps, base, backend, confidence } = subject;
  const { metric } = evaluation;
  const main = evaluation.split === task.evaluationSplit;
  return {
    format: "dylora-sweep",
    version: 1,
    created: new Date().toISOString(),
    command: origin.command,
    run,
    task: {
      name: main ? task.name : `${task.name} (${evaluation.split})`,
      kind: task.kind,
      ...(task.kind === "classification" ? { labels: task.labels.length } : {}),
      metric: { name: metric.name, higherIsBetter: metric.higherIsBetter },
      examples: evaluation.size,
      trainingExamples,
      baseline: majorityBaseline(evaluation),
    },
    model: { architecture: base.architecture, base: base.name, parameters: base.parameters },
    engine: { name: backend.id, detail: backend.detail },
    versions: versions(origin.versions),
    settings: shownSettings(settings, steps),
    confidence,
  };
}

/** A report needs no more points than a screen has room for. */
const MOST_POINTS = 1000;

/** The course of a training run, thinned where it is long. */
export function trainingLog({ steps, evaluations }: LoggedTraining): TrainingLog | undefined {
  if (steps.length === 0) return undefined;
  const every = Math.ceil(steps.length / MOST_POINTS);
  const shown = steps.filter((_, index) => index % every === 0 || index === steps.length - 1);
  return {
    step: shown.map(({ step }) => step),
    loss: shown.map(({ loss }) => loss),
    rank: shown.map(({ rank }) => rank ?? null),
    evaluations: evaluations.map(({ step, rank, metric, loss }) => ({ step, rank, metric, loss })),
  };
}

/** Seconds of all steps of a run, whichever process took them. */
export const trainingSeconds = ({ steps }: LoggedTraining): number =>
  steps.reduce((sum, { seconds }) => sum + seconds, 0);
