import { labelCount } from "@dylora/data";
import type { RankSampler } from "@dylora/dylora-sampler";
import type { AdaptableModel, AdaptedModel } from "@dylora/lora-core";
import {
  type CheckpointStore,
  constantSchedule,
  cosineSchedule,
  type EndEvent,
  linearSchedule,
  type Schedule,
  type TrainEvaluation,
  type TrainEvent,
  train,
} from "@dylora/trainer";
import { ownOutputs } from "../adapters/head.ts";
import type { WorkContext } from "../context.ts";
import type { BaseModel } from "../models/base-model.ts";
import type { BestEvaluation } from "../runs/best-evaluation.ts";
import type { TrainingSettings } from "../settings/training-settings.ts";
import { startCpuClock } from "./cpu-clock.ts";
import type { DataPlace } from "./data-place.ts";
import { type BestKeeper, keepBest } from "./keep-best.ts";
import type { PreparedTraining } from "./prepare-training.ts";
import { sayEvaluations } from "./say-evaluations.ts";

/** What to say of a base's own head where a number is to be learnt; there are no names to match then. */
function regressionNote(base: BaseModel): string | undefined {
  const { name, architecture } = base;
  const outputs = ownOutputs(base);
  if (outputs === undefined) return undefined;
  if (outputs !== 1) return `${name}: its head has ${outputs} outputs and the task 1 number: a new projection is made`;
  const { problemType = "regression" } = architecture;
  if (problemType === "regression") return undefined;
  return `${name}: its head was trained for classes (${problemType}), the task asks for a number: training starts from it`;
}

/** How {@link loadForTask} loads. */
export interface TaskLoading {
  /** Seed of a head that the files do not hold. */
  readonly seed: number;
  /** Told how a head of the base serves the task, and what is odd about its files. */
  readonly note: (line: string) => void;
  /** True where a checkpoint will replace the head. */
  readonly resume?: boolean;
}

/** Loads the base model, with the head that a task needs. The caller disposes it. */
export async function loadForTask(
  { base, task }: Pick<PreparedTraining, "base" | "task">,
  { seed, note, resume = false }: TaskLoading,
): Promise<AdaptableModel> {
  const { kind, labels } = task;
  const outputs = kind === "generation" ? undefined : labelCount({ ...task, kind });
  const classes = kind === "classification" && !resume ? labels : undefined;
  const about = kind === "regression" && !resume ? regressionNote(base) : undefined;
  if (about !== undefined) note(about);
  const model = await base.architecture.load(base.folder.weights, { outputs, classes, seed });
  model.warnings?.forEach(note);
  return model;
}

/** Factor on the learning rate at each step of a run of so many. */
export function scheduleFor({ schedule, warmup, warmupRatio = 0 }: TrainingSettings, steps: number): Schedule {
  const rise = Math.min(steps, warmup ?? Math.round(warmupRatio * steps));
  if (schedule === "constant") return constantSchedule({ warmup: rise });
  return (schedule === "linear" ? linearSchedule : cosineSchedule)({ steps, warmup: rise });
}

function evaluationFor(
  { evalEvery, evalRanks, earlyStopping, rank: maxRank }: TrainingSettings,
  { evaluation }: PreparedTraining,
  adapted: AdaptedModel,
  signal: AbortSignal,
): TrainEvaluation | undefined {
  if (evalEvery === undefined) return undefined;
  return {
    every: evalEvery,
    ranks: evalRanks ?? [maxRank],
    async run(rank) {
      const { score, loss } = await evaluation.measure(adapted, rank, { signal });
      return { metric: score, ...(loss === undefined ? {} : { loss }) };
    },
    ...(earlyStopping === undefined
      ? {}
      : { earlyStopping: { patience: earlyStopping, higherIsBetter: evaluation.metric.higherIsBetter } }),
  };
}

/** A training run on a model that is loaded. */
export interface TrainingJob {
  /** The model with the adapter to train. */
  readonly adapted: AdaptedModel;
  /** What was read and checked. */
  readonly prepared: PreparedTraining;
  /** The settings. */
  readonly settings: TrainingSettings;
  /** Draws ranks; default the prepared one. */
  readonly sampler?: RankSampler;
  /** What to call it in the display of progress. */
  readonly title: string;
  /** Where checkpoints go; default nowhere. */
  readonly checkpoints?: CheckpointStore;
  /** Go on from the newest checkpoint. */
  readonly resume?: boolean;
  /** Where the adapter of the best evaluation goes; default: it is kept in memory. */
  readonly bestStore?: CheckpointStore;
  /** Where the data stand, if their batches have not had the same size throughout. */
  readonly place?: DataPlace;
  /** Told of every event. */
  readonly onEvent?: (event: TrainEvent) => void;
}

/** How a training run went. */
export interface TrainingOutcome {
  /** Steps taken in all. */
  readonly step: number;
  /** Why it ended. */
  readonly reason: EndEvent["reason"];
  /** Mean loss of the last steps taken by this process, NaN when it took none. */
  readonly loss: number;
  /** Wall-clock seconds of this process. */
  readonly seconds: number;
  /** CPU seconds of this process meanwhile, all threads together; absent where they are not known. */
  readonly cpuSeconds?: number;
  /** The evaluation whose adapter was kept; absent where the last adapter was. */
  readonly best?: BestEvaluation;
  /** What is wrong with the course of the loss, where something is. */
  readonly warning?: string;
}

/** Steps that the loss shown is a mean of: one step alone says little, its rank being random. */
const LOSS_WINDOW = 20;

/** Keeps the best adapter, where that is asked for and something is evaluated on the way. */
async function keeperFor(
  { adapted, prepared, settings: { keep }, bestStore: store, resume = false }: TrainingJob,
  evaluation: TrainEvaluation | undefined,
): Promise<BestKeeper | undefined> {
  if (evaluation === undefined || keep === "last") return undefined;
  const { higherIsBetter } = prepared.evaluation.metric;
  return keepBest({ adapted, rank: Math.max(...evaluation.ranks), higherIsBetter, store, resume });
}

/**
 * Trains an adapter, showing progress. Where training ends by itself, the adapter is that of the best evaluation if one is
 * kept.
 */
export async function trainAdapter(job: TrainingJob, context: WorkContext): Promise<TrainingOutcome> {
  const { adapted, prepared, settings, title, checkpoints, resume = false, onEvent, place } = job;
  const { training, steps } = prepared;
  const { seed, batchSize, clipNorm, checkpointEvery } = settings;
  const evaluation = evaluationFor(settings, prepared, adapted, context.signal);
  const keeper = await keeperFor(job, evaluation);
  const said = evaluation === undefined ? undefined : sayEvaluations(prepared.evaluation.metric.name, evaluation.ranks);
  const batches = training.batches({ batchSize, seed });
  const offset = place === undefined ? 0 : place.firstBatch - place.from * settings.accumulation;
  const started = performance.now();
  const cpu = startCpuClock();
  const losses: number[] = [];
  let progress: ReturnType<WorkContext["progress"]> | undefined;
  let end: EndEvent | undefined;
  try {
    for await (const event of train({
      adapted,
      data: place === undefined ? batches : { batch: (index) => batches.batch(index + offset) },
      objective: training.objective(settings.labelSmoothing),
      sampler: job.sampler ?? prepared.sampler,
      steps,
      learningRate: settings.lr,
      schedule: scheduleFor(settings, steps),
      optimizer: { weightDecay: settings.weightDecay },
      updateMode: settings.updateMode,
      rankPer: settings.rankPer,
      accumulation: settings.accumulation,
      seed,
      resume,
      signal: context.signal,
      ...(clipNorm === 0 ? {} : { clipNorm }),
      ...(evaluation === undefined ? {} : { evaluation }),
      ...(checkpoints === undefined ? {} : { checkpoints: { store: checkpoints, every: checkpointEvery } }),
    })) {
      onEvent?.(event);
      if (event.type === "start")
        progress = context.progress({ title, total: steps, start: event.step, unit: "steps" });
      if (event.type === "step") {
        losses.push(event.loss);
        if (losses.length > LOSS_WINDOW) losses.shift();
        progress?.update(event.step, `loss ${mean(losses).toFixed(3)}`);
      }
      if (event.type === "evaluation") {
        await keeper?.observe(event);
        const line = said?.(event, keeper?.best);
        if (line !== undefined) context.note(line);
      }
      if (event.type === "end") end = event;
    }
  } finally {
    progress?.end();
  }
  const { step = 0, reason = "aborted" } = end ?? {};
  const best = reason === "aborted" ? undefined : keeper?.restore();
  const seconds = (performance.now() - started) / 1000;
  const cpuSeconds = cpu();
  return {
    step,
    reason,
    loss: mean(losses),
    seconds,
    ...(cpuSeconds === undefined ? {} : { cpuSeconds }),
    ...(best === undefined ? {} : { best }),
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
