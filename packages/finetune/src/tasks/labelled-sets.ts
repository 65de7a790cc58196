import {
  type Batch,
  type BatchSource,
  type Example,
  encodeExamples,
  lengthBucketedBatches,
  sequentialBatches,
  type TaskKind,
} from "@dylora/data";
import { ConfigError } from "@dylora/errors";
import type { BootstrapStatistic, Metric } from "@dylora/eval";
import { argmaxRows } from "@dylora/eval/glue";
import type { LabelledBatch, Objective } from "@dylora/trainer";
import { classification, predict, regression } from "@dylora/trainer";
import { checkTokens } from "../models/check-tokens.ts";
import { countExamples } from "./count-examples.ts";
import type { EncodingTools, EvaluationSet, Measured, TrainingSet } from "./task.ts";

/** A task whose examples have a label each. */
export interface LabelledTask {
  /** Short name. */
  readonly name: string;
  /** Classes or numbers. */
  readonly kind: TaskKind;
  /** What it is scored by, the main one first. */
  readonly metrics: readonly [Metric, ...Metric[]];
  /** Names of the classes by class id; default none, as for numbers. */
  readonly labels?: readonly string[];
}

/** Examples of a split. */
export interface LabelledSplit {
  /** Its name. */
  readonly name: string;
  /** Its examples. */
  readonly examples: readonly Example[];
  /** What notes call it. Default: its name. */
  readonly title?: string;
  /** Told how many examples are cut. */
  readonly note?: (line: string) => void;
}

function labelsOf({ name }: LabelledTask, split: LabelledSplit): number[] {
  return split.examples.map(({ label }, index) => {
    if (label !== undefined) return label;
    throw new ConfigError(
      "unlabelled_split",
      `example ${index + 1} of the ${split.name} split of ${name} has no label`,
    );
  });
}

function encode({ name, examples, title, note }: LabelledSplit, { base, tokenizer, maxLength }: EncodingTools) {
  const cut = countExamples(title ?? name, note ?? (() => undefined));
  const encoded = encodeExamples(tokenizer, examples, { maxLength, onCut: () => cut.add("") });
  cut.tell(`are longer than ${maxLength} tokens and are cut there ('maxLength')`, examples.length);
  return checkTokens(encoded, base);
}

const objectiveFor = (kind: TaskKind, labelSmoothing: number): Objective<LabelledBatch> =>
  kind === "regression" ? regression() : classification({ labelSmoothing });

/** The same batches, each collated once. */
function remembered(source: BatchSource<Batch>): BatchSource<Batch> {
  const made = new Map<number, Batch>();
  return {
    batchesPerEpoch: source.batchesPerEpoch,
    batch(index) {
      const batch = made.get(index) ?? source.batch(index);
      made.set(index, batch);
      return batch;
    },
  };
}

/** What logits predict: the greatest class, or the number itself. */
export function predictionsOf(kind: TaskKind, logits: Float32Array, classes: number): ArrayLike<number> {
  return kind === "regression" ? logits : argmaxRows(logits, classes);
}

/** A metric of examples drawn by their indices. */
function resampled(metric: Metric, predictions: ArrayLike<number>, labels: readonly number[]): BootstrapStatistic {
  const drawn = new Float64Array(labels.length);
  const gold = new Float64Array(labels.length);
  return (indices) => {
    for (let i = 0; i < indices.length; i++) {
      drawn[i] = predictions[indices[i] as number] as number;
      gold[i] = labels[indices[i] as number] as number;
    }
    return metric.compute(drawn, gold);
  };
}

/**
 * Labelled examples to train on.
 *
 * @throws ConfigError `unlabelled_split`
 */
export function labelledTrainingSet(task: LabelledTask, split: LabelledSplit, tools: EncodingTools): TrainingSet {
  labelsOf(task, split);
  const encoded = encode(split, tools);
  return {
    size: encoded.length,
    batches: (options) => lengthBucketedBatches(encoded, { ...options, padId: tools.tokenizer.padId, kind: task.kind }),
    objective: (labelSmoothing) => objectiveFor(task.kind, labelSmoothing),
  };
}

/** Classes of examples, for reports. */
function classesOf({ kind, labels: names = [] }: LabelledTask, { examples }: LabelledSplit, gold: readonly number[]) {
  if (kind !== "classification" || names.length === 0) return {};
  const input = (index: number): string => {
    const { text = "", textPair } = examples[index] ?? {};
    return textPair === undefined ? text : `${text} | ${textPair}`;
  };
  return { classes: { names, gold, input } };
}

/**
 * Labelled examples to measure on: tokenised and batched once.
 *
 * @throws ConfigError `unlabelled_split`; what a metric says about labels it cannot score
 */
export function labelledEvaluationSet(
  task: LabelledTask,
  split: LabelledSplit,
  tools: EncodingTools,
  batchSize: number,
): EvaluationSet {
  const { kind, metrics } = task;
  const labels = labelsOf(task, split);
  // A metric that these labels do not suit says so now, not after training.
  for (const metric of metrics) metric.compute(labels, labels);
  const encoded = encode(split, tools);
  const batches = remembered(sequentialBatches(encoded, { batchSize, padId: tools.tokenizer.padId, kind }));
  const [metric, ...others] = metrics;
  const scored = (predictions: ArrayLike<number>, loss: number | undefined): Measured => ({
    score: metric.compute(predictions, labels),
    further: Object.fromEntries(others.map((other) => [other.name, other.compute(predictions, labels)])),
    loss,
    statistic: resampled(metric, predictions, labels),
    texts: [],
    answers: { given: Array.from(predictions), loss },
  });
  return {
    split: split.name,
    size: labels.length,
    metric,
    work: batches.batchesPerEpoch,
    unit: "batches",
    shown: [],
    ...classesOf(task, split, labels),
    async measure(adapted, rank, { signal, onProgress }) {
      const { logits, classes, loss } = await predict(adapted, batches, {
        view: { rank },
        objective: objectiveFor(kind, 0),
        signal,
        ...(onProgress === undefined ? {} : { onProgress }),
      });
      return scored(predictionsOf(kind, logits, classes), loss);
    },
    recall({ given, loss }) {
      if (given.length !== labels.length || !given.every((answer) => typeof answer === "number")) return undefined;
      return scored(given, loss === null ? Number.NaN : loss);
    },
  };
}
