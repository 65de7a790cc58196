import type { RankSampler } from "@dylora/dylora-sampler";
import type { WorkContext } from "../context.ts";
import { type BaseModel, checkMemory, checkPurpose, closingOnFailure, openBaseModel } from "../models/base-model.ts";
import { lengthLimit } from "../models/check-tokens.ts";
import { openTokenizer } from "../models/model-tokenizer.ts";
import { tokenizerPrint } from "../models/tokenizer-print.ts";
import type { RunChange } from "../runs/run-record.ts";
import { decodingSettingsIn } from "../settings/decoding-settings.ts";
import { samplerFor } from "../settings/distribution.ts";
import { requireOptions } from "../settings/read-settings.ts";
import type { TrainingSettings } from "../settings/training-settings.ts";
import { openTask } from "../tasks/open-task.ts";
import type { EncodingTools, EvaluationSet, EvaluationSettings, OpenTask, TrainingSet } from "../tasks/task.ts";
import { checkTrainingSettings } from "./check-training-settings.ts";
import { stepsOf } from "./data-place.ts";

/** How a model is measured on the way. Writing takes long: some texts are enough to see progress by. */
const onTheWay = (kind: OpenTask["kind"]): EvaluationSettings => ({
  batchSize: 64,
  limit: kind === "generation" ? 100 : undefined,
  generation: decodingSettingsIn({}),
});

/** Everything a training run needs, read and checked; no weight has been loaded. */
export interface PreparedTraining {
  /** The base model. */
  readonly base: BaseModel;
  /** The task. */
  readonly task: OpenTask;
  /** Tokenised examples to train on. */
  readonly training: TrainingSet;
  /** Examples to measure on. */
  readonly evaluation: EvaluationSet;
  /** Most tokens of an example. */
  readonly maxLength: number;
  /** `tokenizerPrint` of the tokenizer. */
  readonly tokenizer: string;
  /** Optimiser steps of the whole run. */
  readonly steps: number;
  /** Draws ranks. */
  readonly sampler: RankSampler;
}

/**
 * Opens a task for a base model.
 *
 * @throws ConfigError `wrong_architecture` when the model is for something else; and as {@link openTask}
 */
export async function openTaskFor(
  base: BaseModel,
  { task: name, ...settings }: TrainingSettings & { readonly task: string },
  context: WorkContext,
): Promise<OpenTask> {
  return checkTask(base, await openTask({ ...settings, task: name }, context.note));
}

/** What is known before training is prepared. */
export interface TrainingPreparation {
  /** How models are measured; default: as during training. */
  readonly measuring?: EvaluationSettings;
  /** What was changed before, where the run goes on. */
  readonly changes?: readonly RunChange[];
  /** The base model, where it is open already. */
  readonly base?: BaseModel | undefined;
  /** The task, where it is open already. */
  readonly task?: OpenTask | undefined;
}

function checkTask(base: BaseModel, task: OpenTask): OpenTask {
  checkPurpose(base, task.kind === "generation" ? "generation" : "classification", `task ${task.name}`);
  return task;
}

/**
 * Reads and checks everything that training needs: settings, task files, tokenizer, the model's configuration and size.
 *
 * @throws ConfigError, FormatError or ResourceError: whatever is wrong comes out here, before any work
 */
export async function prepareTraining(
  settings: TrainingSettings,
  context: WorkContext,
  { measuring, changes = [], base: openBase, task: openTask }: TrainingPreparation = {},
): Promise<PreparedTraining> {
  if (openBase === undefined) requireOptions(settings, "base");
  if (openTask === undefined) requireOptions(settings, "task");
  checkTrainingSettings(settings);
  const sampler = await samplerFor(settings);
  const base = openBase ?? (await openBaseModel(settings.base as string, context, { model: settings.model }));
  return closingOnFailure(openBase === undefined ? base : undefined, async () => {
    checkMemory(base, context);
    const { task: name } = settings;
    const task =
      openTask === undefined
        ? await openTaskFor(base, { ...settings, task: name as string }, context)
        : checkTask(base, openTask);
    const maxLength = lengthLimit(settings.maxLength, base, task.defaultMaxLength);
    const tools: EncodingTools = { base, tokenizer: await openTokenizer(base), maxLength };
    const training = await task.training(tools);
    return {
      base,
      task,
      training,
      evaluation: await task.evaluation(task.evaluationSplit, tools, measuring ?? onTheWay(task.kind)),
      maxLength,
      tokenizer: tokenizerPrint(tools.tokenizer),
      steps: stepsOf(settings, changes, training.size),
      sampler,
    };
  });
}
