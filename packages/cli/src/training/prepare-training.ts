import type { RankSampler } from "@dylora/dylora-sampler";
import { type BaseModel, checkMemory, checkPurpose, closingOnFailure, openBaseModel } from "../base-model.ts";
import type { CommandContext } from "../context.ts";
import { lengthLimit, openTokenizer } from "../model-tokenizer.ts";
import { samplerFor } from "../options/distribution.ts";
import { generationChoiceIn } from "../options/generation-options.ts";
import { requireOptions } from "../options/read-settings.ts";
import type { TrainingSettings } from "../options/training-options.ts";
import type { RunChange } from "../run/run-record.ts";
import { openTask } from "../tasks/open-task.ts";
import type { EncodingTools, EvaluationSet, EvaluationSettings, OpenTask, TrainingSet } from "../tasks/task.ts";
import { tokenizerPrint } from "../tokenizer-print.ts";
import { checkTrainingSettings } from "./check-training-settings.ts";
import { stepsOf } from "./data-place.ts";

/** How a model is measured on the way. Writing takes long: some texts are enough to see progress by. */
const onTheWay = (kind: OpenTask["kind"]): EvaluationSettings => ({
  batchSize: 64,
  limit: kind === "generation" ? 100 : undefined,
  generation: generationChoiceIn({}),
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
  context: CommandContext,
): Promise<OpenTask> {
  const task = await openTask({ ...settings, task: name }, context.note);
  checkPurpose(base, task.kind === "generation" ? "generation" : "classification", `task ${task.name}`);
  return task;
}

/**
 * Reads and checks everything that training needs: settings, task files, tokenizer, the model's configuration and size.
 *
 * @param measuring how models are measured; default: as during training
 * @param changes what was changed before, where the run goes on
 * @throws ConfigError, FormatError or ResourceError: whatever is wrong comes out here, before any work
 */
export async function prepareTraining(
  settings: TrainingSettings,
  context: CommandContext,
  measuring?: EvaluationSettings,
  changes: readonly RunChange[] = [],
): Promise<PreparedTraining> {
  requireOptions(settings, "base", "task");
  checkTrainingSettings(settings);
  const sampler = await samplerFor(settings);
  const base = await openBaseModel(settings.base, context);
  return closingOnFailure(base, async () => {
    checkMemory(base, context);
    const task = await openTaskFor(base, settings, context);
    const maxLength = lengthLimit(settings.maxLength, base, task.usualLength);
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
