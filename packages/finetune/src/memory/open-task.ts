import {
  type Example,
  encodeCompletions,
  lengthBucketedCausalBatches,
  type PromptCompletion,
  sequentialCausalBatches,
  type TaskKind,
} from "@dylora/data";
import { ConfigError } from "@dylora/errors";
import type { Metric } from "@dylora/eval";
import { accuracy, pearson } from "@dylora/eval/glue";
import { causalInputs } from "@dylora/lora-core";
import { classification, meanLoss } from "@dylora/trainer";
import { checkTokens } from "../models/check-tokens.ts";
import { labelledEvaluationSet, labelledTrainingSet } from "../tasks/labelled-sets.ts";
import type { PromptFormName } from "../tasks/prompt-forms.ts";
import { splitRows } from "../tasks/split-rows.ts";
import type { EncodingTools, EvaluationSet, OpenTask, TrainingSet } from "../tasks/task.ts";

/** A text, or a pair, with its class or number. */
export interface LabelledRow {
  /** First (or only) text. */
  readonly text: string;
  /** Second text of a pair. */
  readonly textPair?: string;
  /** Name of its class, or its number. */
  readonly label: string | number;
}

/** A prompt with the text that is to follow. */
export type Row = LabelledRow | PromptCompletion;

/** How rows are made a task. */
export interface OpenTaskOptions {
  /** Its name, for records. Default `rows`. */
  readonly name?: string;
  /** Class names in the order of their ids. Default: those that occur, sorted; numbers are a regression. */
  readonly labels?: readonly string[];
  /** The share of the rows that is measured on. Default 0.1. */
  readonly validation?: number;
  /** Most tokens of an example. Default 128. */
  readonly maxLength?: number;
  /** How the prompts were written, for exports. Default: they are whole prompts. */
  readonly promptForm?: PromptFormName;
}

/** A task of rows in memory. */
export interface Task extends OpenTask {
  /** Rows that are learnt from, and rows that are measured on. */
  readonly rows: { readonly training: number; readonly validation: number };
}

/** Names of the metrics of a task of prompts. */
const LOSS = { name: "loss", higherIsBetter: false } as const;

function pairsTask(
  rows: readonly PromptCompletion[],
  name: string,
  { validation = 0.1, maxLength = 128, promptForm }: OpenTaskOptions,
): Task {
  const parts = splitRows(rows, validation, () => 0);
  const encode = ({ tokenizer, base }: EncodingTools, pairs: readonly PromptCompletion[]) =>
    checkTokens(encodeCompletions(tokenizer, pairs, { maxLength }), base);
  const objective = classification();
  return {
    name,
    kind: "generation",
    labels: [],
    evaluationSplit: "validation",
    defaultMaxLength: maxLength,
    promptForm,
    rows: { training: parts.train.length, validation: parts.validation.length },
    async training(tools): Promise<TrainingSet> {
      const encoded = encode(tools, parts.train);
      return {
        size: encoded.length,
        batches(options) {
          const batches = lengthBucketedCausalBatches(encoded, { ...options, padId: tools.tokenizer.padId });
          return { batch: (index) => causalInputs(batches.batch(index)) };
        },
        objective: (labelSmoothing) => classification({ labelSmoothing }),
      };
    },
    async evaluation(split, tools, { batchSize }): Promise<EvaluationSet> {
      const encoded = encode(tools, parts.validation);
      const batches = sequentialCausalBatches(encoded, { batchSize, padId: tools.tokenizer.padId });
      const data = {
        batchesPerEpoch: batches.batchesPerEpoch,
        batch: (index: number) => causalInputs(batches.batch(index)),
      };
      const scored = (loss: number) => ({
        score: loss,
        further: {},
        loss,
        // A mean over tokens says nothing about samples of its examples.
        statistic: () => loss,
        texts: [],
        answers: { given: [loss], loss },
      });
      return {
        split,
        size: encoded.length,
        metric: LOSS,
        work: batches.batchesPerEpoch,
        unit: "batches",
        shown: [],
        measure: async (adapted, rank, { signal }) =>
          scored(await meanLoss(adapted, data, { objective, view: { rank }, signal })),
        recall: ({ given: [loss] }) => (typeof loss === "number" ? scored(loss) : undefined),
      };
    },
  };
}

function labelledTask(rows: readonly LabelledRow[], name: string, options: OpenTaskOptions): Task {
  const { validation = 0.1, maxLength = 128, labels: given } = options;
  const isNumber = given === undefined && rows.every(({ label }) => typeof label === "number");
  const kind: TaskKind = isNumber ? "regression" : "classification";
  const labels = isNumber ? [] : (given ?? [...new Set(rows.map(({ label }) => String(label)))].sort());
  if (!isNumber && labels.length < 2) {
    throw new ConfigError("bad_task", "every row is of one class; there must be two at least");
  }
  const examples = rows.map(({ label, ...texts }, row): Example => {
    const id = isNumber ? Number(label) : labels.indexOf(String(label));
    if (id >= 0 || isNumber) return { ...texts, label: id };
    throw new ConfigError(
      "unknown_label",
      `row ${row + 1} is of class ${JSON.stringify(label)}, which is none of 'labels'`,
    );
  });
  const metrics: readonly [Metric] = [isNumber ? pearson : accuracy];
  const task = { name, kind, metrics };
  const parts = splitRows(examples, validation, ({ label = -1 }) => (isNumber ? 0 : label));
  return {
    name,
    kind,
    labels,
    evaluationSplit: "validation",
    defaultMaxLength: maxLength,
    promptForm: undefined,
    rows: { training: parts.train.length, validation: parts.validation.length },
    training: async (tools) => labelledTrainingSet(task, { name: "train", examples: parts.train }, tools),
    evaluation: async (split, tools, { batchSize }) =>
      labelledEvaluationSet(task, { name: split, examples: parts.validation }, tools, batchSize),
  };
}

/**
 * Makes a task of rows: texts with classes or numbers, or prompts with the texts that are to follow. A share of them is set
 * apart to measure on.
 *
 * @throws ConfigError `bad_task` where there is nothing to learn, `unknown_label`
 */
export async function openTask(rows: readonly Row[], options: OpenTaskOptions = {}): Promise<Task> {
  const { name = "rows" } = options;
  const [first] = rows;
  if (first === undefined || rows.length < 2) {
    throw new ConfigError("bad_task", `${rows.length} rows are too few: some are learnt from, some are measured on`);
  }
  const arePairs = "prompt" in first;
  if (rows.some((row) => "prompt" in row !== arePairs)) {
    throw new ConfigError("bad_task", "some rows are prompts with completions, and some texts with labels");
  }
  return arePairs
    ? pairsTask(rows as readonly PromptCompletion[], name, options)
    : labelledTask(rows as readonly LabelledRow[], name, options);
}
