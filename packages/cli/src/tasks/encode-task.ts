import {
  type Batch,
  type BatchSource,
  type EncodedExample,
  type Example,
  lengthBucketedBatches,
  sequentialBatches,
} from "@dylora/data";
import { ConfigError } from "@dylora/errors";
import type { Metric } from "@dylora/eval";
import type { ModelTokenizer } from "../model-tokenizer.ts";
import type { OpenTask } from "./open-task.ts";

/** Labelled examples ready to be measured on: tokenised and batched once, whatever is evaluated. */
export interface EvaluationSet {
  /** Name of the split. */
  readonly split: string;
  /** Gold labels: class ids or real numbers. */
  readonly labels: readonly number[];
  /** The batches. The same arrays each time they are asked for. */
  readonly batches: BatchSource<Batch>;
  /** What it is scored by, the main one first. */
  readonly metrics: readonly [Metric, ...Metric[]];
}

function labelsOf(task: OpenTask, split: string, examples: readonly Example[]): number[] {
  return examples.map(({ label }, index) => {
    if (label !== undefined) return label;
    throw new ConfigError(
      "unlabelled_split",
      `example ${index + 1} of the ${split} split of ${task.name} has no label`,
    );
  });
}

/** The same batches, each collated once. */
function remembered<B extends Batch>(source: BatchSource<B>): BatchSource<B> {
  const made = new Map<number, B>();
  return {
    batchesPerEpoch: source.batchesPerEpoch,
    batch(index) {
      const batch = made.get(index) ?? source.batch(index);
      made.set(index, batch);
      return batch;
    },
  };
}

/** How a split is tokenised and batched. */
export interface EncodingSettings {
  /** Most tokens of an example. */
  readonly maxLength: number;
  /** Examples in a batch. */
  readonly batchSize: number;
}

/**
 * Tokenises examples to train on.
 *
 * @throws ConfigError `unlabelled_split`
 */
export function encodeTraining(
  task: OpenTask,
  examples: readonly Example[],
  tokenizer: ModelTokenizer,
  maxLength: number,
): EncodedExample[] {
  labelsOf(task, "train", examples);
  return tokenizer.encode(examples, maxLength);
}

/** Batches for training: of similar length, in an order that the seed decides. */
export function trainingBatches(
  task: OpenTask,
  encoded: readonly EncodedExample[],
  { batchSize, seed, padId }: { readonly batchSize: number; readonly seed: number; readonly padId: number },
): BatchSource<Batch> {
  return lengthBucketedBatches(encoded, { batchSize, seed, padId, kind: task.kind });
}

/**
 * Tokenises examples to measure on.
 *
 * @throws ConfigError `unlabelled_split`; what a metric says about labels it cannot score
 */
export function encodeEvaluation(
  task: OpenTask,
  split: string,
  examples: readonly Example[],
  tokenizer: ModelTokenizer,
  { maxLength, batchSize }: EncodingSettings,
): EvaluationSet {
  const labels = labelsOf(task, split, examples);
  // A metric that these labels do not suit says so now, not after training.
  for (const metric of task.metrics) metric.compute(labels, labels);
  const encoded = tokenizer.encode(examples, maxLength);
  const batches = remembered(sequentialBatches(encoded, { batchSize, padId: tokenizer.padId, kind: task.kind }));
  return { split, labels, batches, metrics: task.metrics };
}
