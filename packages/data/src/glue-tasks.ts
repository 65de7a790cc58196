import { ConfigError } from "@dylora/errors";
import type { TextTask } from "./text-task.ts";

/** Names of the GLUE tasks, as the configurations of `nyu-mll/glue` are called. */
export type GlueTaskName = "cola" | "sst2" | "mrpc" | "stsb" | "qqp" | "mnli" | "qnli" | "rte" | "wnli";

/** The files of GLUE's own download, tab-separated. */
export interface GlueTsvLayout {
  /** The task's folder, for instance `SST-2`. */
  readonly folder: string;
  /** File of each split. */
  readonly splits: Readonly<Record<string, string>>;
  /** Column of the text, or columns of the two texts, in the header line. */
  readonly textColumns: readonly [string] | readonly [string, string];
  /** Column of the label in the header line; the test files have none. */
  readonly labelColumn: string;
  /** Column names of the splits whose file has no header line. */
  readonly headers?: Readonly<Record<string, readonly string[]>>;
}

/**
 * A GLUE task (Wang et al., 2018). Its own columns and splits are those of the hub's data set `nyu-mll/glue` (parquet),
 * its class indices that data set's label ids; `tsv` describes the official download.
 */
export interface GlueTask extends TextTask {
  /** One of the nine names. */
  readonly name: GlueTaskName;
  /** Splits to measure on, the main one first. */
  readonly evaluationSplits: readonly string[];
  /** The official TSV layout. */
  readonly tsv: GlueTsvLayout;
}

/** The hub's data set that holds every GLUE task in parquet files. */
export const GLUE_HUB_DATASET = "nyu-mll/glue";

const PLAIN_SPLITS = { train: "train.tsv", validation: "dev.tsv", test: "test.tsv" };
const MNLI_SPLITS = {
  train: "train.tsv",
  validation_matched: "dev_matched.tsv",
  validation_mismatched: "dev_mismatched.tsv",
  test_matched: "test_matched.tsv",
  test_mismatched: "test_mismatched.tsv",
};
const COLA_COLUMNS = ["source", "label", "star", "sentence"];

const hubSplits = (name: string, splits: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.keys(splits).map((split) => [split, `${name}/${split}-00000-of-00001.parquet`]));

type Sketch = Omit<GlueTask, "splits" | "evaluationSplits" | "tsv" | "kind" | "labelColumn"> & {
  readonly tsv: Pick<GlueTsvLayout, "folder"> & Partial<GlueTsvLayout>;
};

const glueTask = ({ tsv, ...task }: Sketch): GlueTask => {
  const splits = tsv.splits ?? PLAIN_SPLITS;
  return {
    ...task,
    kind: task.labels.length === 0 ? "regression" : "classification",
    labelColumn: "label",
    splits: hubSplits(task.name, splits),
    evaluationSplits: Object.keys(splits).filter((split) => split.startsWith("validation")),
    tsv: { textColumns: task.textColumns, labelColumn: "label", splits, ...tsv },
  };
};

/**
 * The nine GLUE tasks.
 *
 * @example
 * ```ts
 * import { GLUE_TASKS } from "@dylora/data";
 *
 * console.log(GLUE_TASKS.rte.labels); // ["entailment", "not_entailment"]
 * ```
 */
export const GLUE_TASKS: Readonly<Record<GlueTaskName, GlueTask>> = {
  cola: glueTask({
    name: "cola",
    textColumns: ["sentence"],
    labels: ["unacceptable", "acceptable"],
    metrics: ["matthews_correlation"],
    tsv: { folder: "CoLA", headers: { train: COLA_COLUMNS, validation: COLA_COLUMNS } },
  }),
  sst2: glueTask({
    name: "sst2",
    textColumns: ["sentence"],
    labels: ["negative", "positive"],
    metrics: ["accuracy"],
    tsv: { folder: "SST-2" },
  }),
  mrpc: glueTask({
    name: "mrpc",
    textColumns: ["sentence1", "sentence2"],
    labels: ["not_equivalent", "equivalent"],
    metrics: ["accuracy", "f1"],
    tsv: { folder: "MRPC", textColumns: ["#1 String", "#2 String"], labelColumn: "Quality" },
  }),
  stsb: glueTask({
    name: "stsb",
    textColumns: ["sentence1", "sentence2"],
    labels: [],
    metrics: ["pearson", "spearmanr"],
    tsv: { folder: "STS-B", labelColumn: "score" },
  }),
  qqp: glueTask({
    name: "qqp",
    textColumns: ["question1", "question2"],
    labels: ["not_duplicate", "duplicate"],
    metrics: ["accuracy", "f1"],
    tsv: { folder: "QQP", labelColumn: "is_duplicate" },
  }),
  mnli: glueTask({
    name: "mnli",
    textColumns: ["premise", "hypothesis"],
    labels: ["entailment", "neutral", "contradiction"],
    metrics: ["accuracy"],
    tsv: { folder: "MNLI", textColumns: ["sentence1", "sentence2"], labelColumn: "gold_label", splits: MNLI_SPLITS },
  }),
  qnli: glueTask({
    name: "qnli",
    textColumns: ["question", "sentence"],
    labels: ["entailment", "not_entailment"],
    metrics: ["accuracy"],
    tsv: { folder: "QNLI" },
  }),
  rte: glueTask({
    name: "rte",
    textColumns: ["sentence1", "sentence2"],
    labels: ["entailment", "not_entailment"],
    metrics: ["accuracy"],
    tsv: { folder: "RTE" },
  }),
  wnli: glueTask({
    name: "wnli",
    textColumns: ["sentence1", "sentence2"],
    labels: ["not_entailment", "entailment"],
    metrics: ["accuracy"],
    tsv: { folder: "WNLI" },
  }),
};

const simplified = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");

/**
 * The GLUE task of that name; case and punctuation do not matter (`SST-2`, `sst2`).
 *
 * @throws ConfigError `unknown_task`
 */
export function glueTaskNamed(name: string): GlueTask {
  const task = Object.values(GLUE_TASKS).find((known) => known.name === simplified(name));
  if (task !== undefined) return task;
  const names = Object.keys(GLUE_TASKS).join(", ");
  throw new ConfigError("unknown_task", `"${name}" is no GLUE task; known are ${names}`, { details: { name } });
}
