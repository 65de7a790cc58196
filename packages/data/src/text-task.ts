import { FormatError, showValue } from "@dylora/errors";
import { LABEL_ENCODINGS, type LabelEncoding } from "./labels.ts";
import type { TaskKind } from "./task-kind.ts";

/** A text classification or regression task as data: what its files hold and how it is scored. */
export interface TextTask {
  /** Short name, for instance `sst2`. */
  readonly name: string;
  /** What is predicted. */
  readonly kind: TaskKind;
  /** Column of the text, or columns of the two texts. */
  readonly textColumns: readonly [string] | readonly [string, string];
  /** Column of the label. */
  readonly labelColumn: string;
  /** Class names in the order of the class indices; empty for regression. */
  readonly labels: readonly string[];
  /**
   * How the label column stands for the classes: by name, or by index from 0. Absent: as the whole column says; a column
   * that could be read both ways is refused.
   */
  readonly labelEncoding?: LabelEncoding;
  /** Names of the metrics, the main one first, as Hugging Face's `evaluate` calls them. */
  readonly metrics: readonly string[];
  /** File of each split, relative to the task's folder. */
  readonly splits: Readonly<Record<string, string>>;
}

/** Outputs of the model's head: the number of classes, 1 for regression. */
export const labelCount = (task: Pick<TextTask, "kind" | "labels">): number =>
  task.kind === "regression" ? 1 : task.labels.length;

const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string");

const isStringRecord = (value: unknown): value is Record<string, string> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && isStrings(Object.values(value));

const isEncoding = (value: unknown): value is LabelEncoding => (LABEL_ENCODINGS as readonly unknown[]).includes(value);

const CHECKS: { readonly [Key in keyof TextTask]-?: readonly [(value: unknown) => boolean, wanted: string] } = {
  name: [(value) => typeof value === "string" && value !== "", "a text that is not empty"],
  kind: [(value) => value === "classification" || value === "regression", '"classification" or "regression"'],
  textColumns: [(value) => isStrings(value) && (value.length === 1 || value.length === 2), "one or two column names"],
  labelColumn: [(value) => typeof value === "string" && value !== "", "a column name"],
  labels: [
    (value) => isStrings(value) && new Set(value).size === value.length,
    'distinct class names, as texts, such as ["rude", "polite"] ([] for a regression)',
  ],
  labelEncoding: [(value) => value === undefined || isEncoding(value), '"name" or "index"'],
  metrics: [isStrings, 'metric names, such as ["accuracy", "f1_macro"], or ["pearson"] for a regression'],
  splits: [isStringRecord, 'an object from split name to file name, such as {"train": "train.csv"}'],
};

/** Fields for people and editors. */
const COMMENTS: readonly string[] = ["description", "$schema"];

/** The fields of a task's JSON that mean nothing, a misspelt one perhaps. */
export const unknownFields = (value: object): string[] =>
  Object.keys(value).filter((key) => !Object.hasOwn(CHECKS, key) && !COMMENTS.includes(key));

/**
 * Checks a task that was read from JSON (`task.json`).
 *
 * @param value the parsed JSON
 * @param where the file's name, for the error
 * @throws FormatError `bad_task`
 *
 * @example
 * ```ts
 * import { labelCount, parseTextTask } from "@dylora/data";
 *
 * const task = parseTextTask(
 *   {
 *     name: "polite",
 *     kind: "classification",
 *     textColumns: ["text"],
 *     labelColumn: "label",
 *     labels: ["rude", "polite"],
 *     metrics: ["accuracy"],
 *     splits: { train: "train.tsv", validation: "dev.tsv" },
 *   },
 *   "task.json",
 * );
 * console.log(labelCount(task)); // 2
 * ```
 */
export function parseTextTask(value: unknown, where: string): TextTask {
  const fail = (problem: string) => new FormatError("bad_task", `${where}: ${problem}`, { details: { path: where } });
  if (typeof value !== "object" || value === null) throw fail("a task is a JSON object");
  const given = value as Record<string, unknown>;
  for (const [key, [fits, wanted]] of Object.entries(CHECKS)) {
    if (fits(given[key])) continue;
    const found = given[key] === undefined ? "missing" : showValue(given[key]);
    throw fail(`"${key}" is ${found}; it must be ${wanted}`);
  }
  const { name, kind, textColumns, labelColumn, labels, labelEncoding, metrics, splits } = given as unknown as TextTask;
  if (kind === "classification" && labels.length < 2) throw fail(`"labels" must name at least two classes`);
  if (kind === "regression" && labels.length > 0) throw fail(`"labels" must be [] for a regression task`);
  const encoding = labelEncoding === undefined ? {} : { labelEncoding };
  return { name, kind, textColumns, labelColumn, labels, ...encoding, metrics, splits };
}
