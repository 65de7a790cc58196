import { createSampler, type RankDistribution, uniform } from "@dylora/dylora-sampler";
import { checkOptionNames } from "@dylora/errors";
import type { AdaptedModel } from "@dylora/lora-core";
import type { TrainEvent } from "@dylora/trainer";
import { freshAdapter } from "../adapters/fresh-adapter.ts";
import type { Head } from "../adapters/head.ts";
import { contextOf, type WorkOptions } from "../context.ts";
import { decodingSettingsIn } from "../settings/decoding-settings.ts";
import { readSettings } from "../settings/read-settings.ts";
import { type TrainingSettings, trainingSettings } from "../settings/training-settings.ts";
import type { EvaluationSet, OpenTask } from "../tasks/task.ts";
import { stepsOf } from "../training/data-place.ts";
import { loadForTask, type TrainingOutcome, trainAdapter } from "../training/train-adapter.ts";
import { type TunedModel, tunedModel } from "../verbs/tuned-model.ts";
import { headOf } from "./head-of.ts";
import type { Model } from "./open-model.ts";

/** How a model is fine-tuned. Everything has a default. */
export interface FinetuneOptions
  extends Partial<
      Pick<
        TrainingSettings,
        | "alpha"
        | "batchSize"
        | "clipNorm"
        | "epochs"
        | "evalEvery"
        | "evalRanks"
        | "keep"
        | "labelSmoothing"
        | "loraDropout"
        | "maxLength"
        | "schedule"
        | "seed"
        | "steps"
        | "targets"
        | "updateMode"
        | "warmup"
        | "warmupRatio"
        | "weightDecay"
      >
    >,
    Pick<WorkOptions, "signal" | "log"> {
  /** Highest rank: the adapter is trained over the ranks 1 to this. Default 8. */
  readonly maxRank?: number;
  /** Peak learning rate. Default 5e-4. */
  readonly learningRate?: number;
  /** How ranks are drawn. Default: each equally often. */
  readonly distribution?: RankDistribution;
  /** Told of every event of training. */
  readonly onEvent?: (event: TrainEvent) => void;
}

/** Every option, for callers whose compiler did not look. */
const finetuneOptions: Readonly<Record<keyof FinetuneOptions, true>> = {
  alpha: true,
  batchSize: true,
  clipNorm: true,
  distribution: true,
  epochs: true,
  evalEvery: true,
  evalRanks: true,
  keep: true,
  labelSmoothing: true,
  learningRate: true,
  log: true,
  loraDropout: true,
  maxLength: true,
  maxRank: true,
  onEvent: true,
  schedule: true,
  seed: true,
  signal: true,
  steps: true,
  targets: true,
  updateMode: true,
  warmup: true,
  warmupRatio: true,
  weightDecay: true,
};

/** A trained run in memory: its adapter on its model, which answers at every rank. */
export interface Run extends TunedModel {
  /** The model. */
  readonly base: Model;
  /** The task. */
  readonly task: OpenTask;
  /** What the outputs mean; undefined where it generates. */
  readonly head: Head | undefined;
  /** What to measure on. */
  readonly evaluation: EvaluationSet;
  /** How training went. */
  readonly outcome: TrainingOutcome;
}

/**
 * Fine-tunes a model with DyLoRA in memory, on the backend that was started with `useBackend`: one adapter that works at
 * every rank from 1 to the highest. When the signal stops it, the run is what was trained so far.
 *
 * @returns the run; the caller closes it
 * @throws ConfigError for what is wrong with options, model and task, before any work; TrainingError `loss_not_finite`
 */
export async function finetune(model: Model, task: OpenTask, options: FinetuneOptions = {}): Promise<Run> {
  checkOptionNames("finetune", options, finetuneOptions);
  const { maxRank, learningRate, distribution, onEvent, signal, log, ...own } = options;
  const context = contextOf({ signal, log });
  const given = { ...own, rank: maxRank, lr: learningRate };
  const values = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const settings = readSettings(trainingSettings, [{ values }]);
  const sampler = createSampler(distribution ?? uniform({ max: settings.rank }), { seed: settings.seed });
  const maxLength = Math.min(settings.maxLength ?? task.defaultMaxLength, model.architecture.maxLength);
  const tools = { base: model, tokenizer: model.tokenizer, maxLength };
  const training = await task.training(tools);
  const measuring = { batchSize: settings.batchSize, limit: undefined, generation: decodingSettingsIn({}) };
  const evaluation = await task.evaluation(task.evaluationSplit, tools, measuring);
  const steps = stepsOf(settings, [], training.size);
  const prepared = { base: model, task, training, evaluation, maxLength, tokenizer: "", steps, sampler };
  const loaded = await loadForTask(prepared, { seed: settings.seed, note: context.note });
  let adapted: AdaptedModel;
  let outcome: TrainingOutcome;
  try {
    adapted = freshAdapter(loaded, settings);
    const job = { adapted, prepared, settings, title: "train", ...(onEvent === undefined ? {} : { onEvent }) };
    outcome = await trainAdapter(job, context);
  } catch (error) {
    loaded.dispose();
    throw error;
  }
  const head = headOf(task);
  const tuned = tunedModel({
    name: "",
    adapted,
    base: model,
    tokenizer: model.tokenizer,
    head,
    maxLength,
    promptForm: task.promptForm,
    close: async () => loaded.dispose(),
  });
  return { ...tuned, base: model, task, head, evaluation, outcome };
}
