import type { BrokenRowHandler, Example, TextTask } from "@dylora/data";
import type { Table } from "@dylora/data/node";
import { ConfigError, showValue } from "@dylora/errors";
import type { Metric } from "@dylora/eval";
import { metricByName } from "@dylora/eval/glue";
import { type LabelledSplit, labelledEvaluationSet, labelledTrainingSet } from "./labelled-sets.ts";
import { noteSameSplits, readingNotes } from "./reading-notes.ts";
import type { OpenTask } from "./task.ts";

/** Reads a split of a task. */
export type ReadTable = (split: string, onBrokenRow: BrokenRowHandler) => Promise<Table>;

/** A task with what finds and reads its files. */
export interface DescribedTask {
  readonly task: TextTask;
  readonly evaluationSplit: string;
  readonly read: ReadTable;
  /** The file of a split; undefined where it is on the hub. */
  readonly fileOf: (split: string) => Promise<string | undefined>;
}

const correlations = ["pearson", "spearmanr"];

function metricsOf({ name, kind, labels, metrics: names }: TextTask): readonly [Metric, ...Metric[]] {
  const [first, ...others] = names.map(metricByName);
  if (first === undefined) throw new ConfigError("no_metrics", `task ${name} names no metric`);
  if (kind === "classification" && labels.length !== 2 && names.includes("f1")) {
    throw new ConfigError(
      "unknown_metric",
      `task ${name} has ${labels.length} classes: f1 scores the second of two classes; use f1_macro`,
    );
  }
  const wrong = kind === "regression" ? names.find((metric) => !correlations.includes(metric)) : undefined;
  if (wrong !== undefined) {
    throw new ConfigError(
      "unknown_metric",
      `task ${name} is a regression: ${wrong} does not score it; use ${correlations.join(", ")}`,
    );
  }
  return [first, ...others];
}

/** The text of an example, or both. */
const textsOf = ({ text, textPair }: Example): string => (textPair === undefined ? text : `${text}\0${textPair}`);

/** Most tokens of an example where nothing is said. */
const DEFAULT_MAX_LENGTH = 128;

/**
 * A task of classes or numbers, whose files are read when they are needed.
 *
 * @param skipBrokenRows leave out rows that cannot be read
 * @param note told what was left out, cut, or looks odd
 * @throws ConfigError `no_metrics`, `unknown_metric`
 */
export function labelledTask(
  { task, evaluationSplit, read, fileOf }: DescribedTask,
  skipBrokenRows: boolean,
  note: (line: string) => void,
): OpenTask {
  const { name, kind, labels } = task;
  const labelled = { name, kind, labels, metrics: metricsOf(task) };
  /** Classes with an example to learn from; undefined before they are read. */
  let learnt: ReadonlySet<number> | undefined;
  /** Texts that were learnt from; empty before they are read. */
  let learntTexts: ReadonlySet<string> = new Set();

  async function readSplitNamed(split: string, limit?: number): Promise<LabelledSplit> {
    const title = `${name}, ${split}`;
    const notes = readingNotes(title, skipBrokenRows, note);
    const { examples, remarks } = await read(split, notes.onBrokenRow);
    const unlabelled = remarks.find(({ code }) => code === "unlabelled");
    if (unlabelled !== undefined && (!skipBrokenRows || unlabelled.count === examples.length)) {
      const cure =
        unlabelled.count === examples.length
          ? ""
          : `; 'skipBrokenRows' leaves them out (-1 among indices marks them; name a class of that value "-1" in "labels")`;
      throw new ConfigError("unlabelled_split", `the ${split} split of ${name}: ${unlabelled.message}${cure}`);
    }
    notes.tell(remarks.map((one) => (one === unlabelled ? { ...one, message: `left out: ${one.message}` } : one)));
    const kept = unlabelled === undefined ? examples : examples.filter(({ label }) => label !== undefined);
    if (kept.length > 0) return { name: split, examples: kept.slice(0, limit), title, note };
    const why = notes.broken() > 0 ? `: all of its ${notes.broken()} rows were left out` : "";
    throw new ConfigError("empty_split", `the ${split} split of ${name} holds no examples${why}`);
  }

  const classesOf = ({ examples }: LabelledSplit): Set<number> =>
    new Set(examples.flatMap(({ label }) => (label === undefined || kind === "regression" ? [] : [label])));
  /** Classes with one example: too few to learn from, and more often a slip in the data. */
  function singleClasses({ examples }: LabelledSplit): number[] {
    const rows = labels.map(() => 0);
    for (const { label = -1 } of examples) rows[label] = (rows[label] ?? 0) + 1;
    return labels.flatMap((_, index) => (rows[index] === 1 ? [index] : []));
  }
  const namesOf = (classes: Iterable<number>): string =>
    Array.from(classes, (index) => showValue(labels[index]))
      .slice(0, 10)
      .join(", ");

  return {
    name,
    kind,
    labels,
    evaluationSplit,
    defaultMaxLength: DEFAULT_MAX_LENGTH,
    promptForm: undefined,
    async training(tools) {
      const split = await readSplitNamed("train");
      learnt = classesOf(split);
      learntTexts = new Set(split.examples.map(textsOf));
      const missing = labels.flatMap((_, index) => (learnt?.has(index) ? [] : [index]));
      if (missing.length > 0 && kind === "classification") {
        note(`${name}, train: no example of ${namesOf(missing)}, of ${labels.length} classes`);
      }
      const single = kind === "regression" ? [] : singleClasses(split);
      if (single.length > 0) note(`${name}, train: a single example of ${namesOf(single)}`);
      return labelledTrainingSet(labelled, split, tools);
    },
    async evaluation(split, tools, { batchSize, limit }) {
      const examples = await readSplitNamed(split, limit);
      const unlearnt = [...classesOf(examples)].filter((index) => learnt?.has(index) === false);
      if (unlearnt.length > 0) note(`${name}, ${split}: examples of ${namesOf(unlearnt)}, of which train has none`);
      if (!(await noteSameSplits(split, fileOf, note))) {
        const known = examples.examples.filter((example) => learntTexts.has(textsOf(example))).length;
        if (known > 0) note(`${name}, ${split}: ${known} of ${examples.examples.length} examples have a text of train`);
      }
      return labelledEvaluationSet(labelled, examples, tools, batchSize);
    },
  };
}
