import { DyloraError } from "@dylora/errors";
import { type AdaptableModel, type AdaptedModel, parameterCounts } from "@dylora/lora-core";
import { lossCourse, type TrainEvent } from "@dylora/trainer";
import { freshAdapter } from "../adapters/fresh-adapter.ts";
import type { WorkContext } from "../context.ts";
import type { Reporter } from "../reporting/reporter.ts";
import { samplerFor } from "../settings/distribution.ts";
import type { TrainingSettings } from "../settings/training-settings.ts";
import { evaluateAll } from "../sweep/evaluate-all.ts";
import { type BootstrapSettings, pointOf } from "../sweep/sweep-curve.ts";
import { courseWarning } from "../training/course-warning.ts";
import type { PreparedTraining } from "../training/prepare-training.ts";
import { type TrainingOutcome, trainAdapter } from "../training/train-adapter.ts";
import type { Trial, TrialPlan } from "./trial.ts";

/** A trial to run on a model that is loaded. */
export interface TrialJob {
  /** What to train. */
  readonly plan: TrialPlan;
  /** Ranks to evaluate, rising. */
  readonly ranks: readonly number[];
  /** The model, with the head that the plan's seed gives. */
  readonly model: AdaptableModel;
  /** What was read and checked. */
  readonly prepared: PreparedTraining;
  /** The settings of the DyLoRA run. */
  readonly settings: TrainingSettings;
  /** Intervals; none when left out. */
  readonly bootstrap?: BootstrapSettings;
  /** What to call it in the display of progress. */
  readonly title: string;
  /** Where it is written down; closed with it. Default nowhere. */
  readonly reporter?: Reporter;
}

/** The settings that a trial differs by: a LoRA has its own rank and always trains it whole. */
export function settingsOf({ method, rank, seed }: TrialPlan, settings: TrainingSettings): TrainingSettings {
  if (method === "dylora") return { ...settings, seed };
  const plain = {
    distribution: `fixed:${rank}`,
    minRank: 1,
    blockSize: 1,
    updateMode: "full",
    rankPer: "step",
  } as const;
  return { ...settings, ...plain, rank, seed };
}

/**
 * A trial whose training broke down: it has no metric at any rank, and the comparison goes on without it.
 *
 * @throws the error, when it is another
 */
function brokenTrial({ plan, ranks }: TrialJob, adapted: AdaptedModel, seconds: number, error: unknown): Trial {
  if (!DyloraError.isInstance(error) || error.code !== "loss_not_finite") throw error;
  const points = ranks.map((rank) => {
    const parameters = parameterCounts(adapted.adapter, rank);
    return { rank, parameters, metric: Number.NaN, seconds: 0 };
  });
  return { ...plan, trainSeconds: seconds, points, warning: `training broke down: ${error.message}` };
}

/**
 * Trains and evaluates one trial.
 *
 * @throws the signal's reason when the person stopped it
 */
export async function runTrial(job: TrialJob, context: WorkContext): Promise<Trial> {
  try {
    return await reportedTrial(job, context);
  } finally {
    job.reporter?.close();
  }
}

async function reportedTrial(job: TrialJob, context: WorkContext): Promise<Trial> {
  const { plan, ranks, model, prepared, bootstrap, title, reporter } = job;
  const settings = settingsOf(plan, job.settings);
  const sampler = await samplerFor(settings);
  const adapted = freshAdapter(model, settings);
  const started = performance.now();
  const losses: number[] = [];
  const onEvent = (event: TrainEvent): void => {
    if (event.type === "step") losses.push(event.loss);
    // It ends when it has been measured.
    if (event.type !== "end") reporter?.add(event);
  };
  let outcome: TrainingOutcome;
  try {
    const training = { adapted, prepared, settings, sampler, title: `${title}: train`, onEvent };
    outcome = await trainAdapter(training, context);
  } catch (error) {
    const trial = brokenTrial(job, adapted, (performance.now() - started) / 1000, error);
    context.note(
      `${title}: ${trial.warning}; it has no ${prepared.evaluation.metric.name}, and the comparison goes on`,
    );
    return trial;
  }
  if (outcome.reason === "aborted") context.signal.throwIfAborted();
  const warning = courseWarning(lossCourse(losses), prepared.task);
  if (warning !== undefined) context.note(`${title}: warning: ${warning}`);
  const { evaluation } = prepared;
  const evaluated = await evaluateAll({ adapted, evaluation, ranks, title: `${title}: evaluate` }, context);
  const points = evaluated.map((rank) => pointOf(rank, evaluation, bootstrap));
  for (const { rank, metric, loss } of points) {
    reporter?.add({
      type: "evaluation",
      step: outcome.step,
      rank,
      metric: metric ?? Number.NaN,
      loss: loss ?? undefined,
    });
  }
  reporter?.add({ type: "end", step: outcome.step, reason: outcome.reason });
  const { seconds: trainSeconds, step: steps, cpuSeconds } = outcome;
  return { ...plan, trainSeconds, steps, cpuSeconds, points, ...(warning === undefined ? {} : { warning }) };
}
