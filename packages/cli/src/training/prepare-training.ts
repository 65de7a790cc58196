import type { EncodedExample, Example } from "@dylora/data";
import type { RankSampler } from "@dylora/dylora-sampler";
import { type BaseModel, checkMemory, openBaseModel } from "../base-model.ts";
import type { CommandContext } from "../context.ts";
import { lengthLimit, openTokenizer } from "../model-tokenizer.ts";
import { samplerFor } from "../options/distribution.ts";
import { requireOptions } from "../options/read-settings.ts";
import type { TrainingSettings } from "../options/training-options.ts";
import { type EvaluationSet, encodeEvaluation, encodeTraining } from "../tasks/encode-task.ts";
import { type OpenTask, openTask } from "../tasks/open-task.ts";
import { checkTrainingSettings } from "./check-training-settings.ts";

/** Most tokens of an example where nothing is said. */
const USUAL_LENGTH = 128;

/** Examples in a batch when evaluating during training. */
const EVALUATION_BATCH = 64;

/** Everything a training run needs, read and checked; no weight has been loaded. */
export interface PreparedTraining {
  /** The base model. */
  readonly base: BaseModel;
  /** The task. */
  readonly task: OpenTask;
  /** Tokenised examples to train on. */
  readonly training: readonly EncodedExample[];
  /** Examples to measure on. */
  readonly evaluation: EvaluationSet;
  /** Fills up batches. */
  readonly padId: number;
  /** Most tokens of an example. */
  readonly maxLength: number;
  /** Optimiser steps of the whole run. */
  readonly steps: number;
  /** Draws ranks. */
  readonly sampler: RankSampler;
}

/** Optimiser steps of a run. */
export function stepsFor({ steps, epochs = 3, batchSize, accumulation }: TrainingSettings, examples: number): number {
  return steps ?? Math.max(1, Math.ceil((epochs * Math.ceil(examples / batchSize)) / accumulation));
}

/**
 * Reads and checks everything that training needs: settings, task files, tokenizer, the model's configuration and size.
 *
 * @throws ConfigError, FormatError or ResourceError: whatever is wrong comes out here, before any work
 */
export async function prepareTraining(settings: TrainingSettings, context: CommandContext): Promise<PreparedTraining> {
  requireOptions(settings, "base", "task");
  checkTrainingSettings(settings);
  const sampler = await samplerFor(settings);
  const base = await openBaseModel(settings.base, context);
  checkMemory(base, context);
  const maxLength = lengthLimit(settings.maxLength, base, USUAL_LENGTH);
  const task = await openTask(settings, context.note);
  const examples: readonly Example[] = await task.read("train");
  const held = await task.read(task.evaluationSplit);
  const tokenizer = await openTokenizer(base);
  return {
    base,
    task,
    training: encodeTraining(task, examples, tokenizer, maxLength),
    evaluation: encodeEvaluation(task, task.evaluationSplit, held, tokenizer, {
      maxLength,
      batchSize: EVALUATION_BATCH,
    }),
    padId: tokenizer.padId,
    maxLength,
    steps: stepsFor(settings, examples.length),
    sampler,
  };
}
