import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type BrokenRowHandler, type Example, glueTaskNamed, type TextTask } from "@dylora/data";
import {
  findGlueSplit,
  readGlue,
  readGlueFromHub,
  readSplit,
  readTask,
  splitFile,
  type Table,
} from "@dylora/data/node";
import { ConfigError, showValue } from "@dylora/errors";
import type { Metric } from "@dylora/eval";
import { metricByName } from "@dylora/eval/glue";
import { checkDataFolder } from "./data-folder.ts";
import { type LabelledSplit, labelledEvaluationSet, labelledTrainingSet } from "./labelled-sets.ts";
import { noteSameSplits, readingNotes } from "./reading-notes.ts";
import type { OpenTask, TaskSettings } from "./task.ts";
import { isTaskName, isTaskPath, knownTasks } from "./task-name.ts";

type ReadTable = (split: string, onBrokenRow: BrokenRowHandler) => Promise<Table>;

/** A task with what finds and reads its files. */
interface DescribedTask {
  readonly task: TextTask;
  readonly evaluationSplit: string;
  readonly read: ReadTable;
  /** The file of a split; undefined where it is on the hub. */
  readonly fileOf: (split: string) => Promise<string | undefined>;
}

/** What may be meant by a name that is no task's. */
function hintFor(name: string): string {
  if (existsSync(join(name, "task.json"))) return `; the folder holds a task.json: 'task' ${join(name, "task.json")}`;
  return existsSync(name)
    ? `; for the file of that name write ./${name}`
    : "; a task of your own goes by its task.json";
}

async function describeOwn(
  file: string,
  data: string | undefined,
  note: (line: string) => void,
): Promise<DescribedTask> {
  if (data === "hub") throw new ConfigError("bad_option", "'data' hub goes with GLUE tasks, not with a task.json");
  if (existsSync(join(file, "task.json"))) {
    throw new ConfigError("bad_option", `'task' ${file} is a folder; name the file in it: ${join(file, "task.json")}`);
  }
  if (/\.(csv|tsv|jsonl|parquet)$/i.test(file) && existsSync(file)) {
    const cure = 'describe its columns and classes in a task.json beside it (docs/quickstart.md, "Your own data")';
    throw new ConfigError("bad_option", `'task' ${file} is a file of data: ${cure}, and name that`);
  }
  const { task, ignored = [] } = await readTask(file);
  if (ignored.length > 0) {
    const names = ignored.slice(0, 10).map((field) => showValue(field));
    note(`${file}: ignored, since a task has no such fields: ${names.join(", ")}`);
  }
  if (data !== undefined) await checkDataFolder(data, task.name);
  const opened = { task, folder: data ?? dirname(resolve(file)) };
  return {
    task,
    evaluationSplit: Object.keys(task.splits).find((split) => split.startsWith("validation")) ?? "validation",
    read: (split, handler) => readSplit(opened, split, handler),
    fileOf: (split) => splitFile(opened, split),
  };
}

async function describe({ task: name, data }: TaskSettings, note: (line: string) => void): Promise<DescribedTask> {
  if (isTaskPath(name)) return describeOwn(name, data, note);
  if (!isTaskName(name)) {
    const problem = `${showValue(name)} is no GLUE task; known are ${knownTasks()}${hintFor(name)}`;
    throw new ConfigError("unknown_task", problem, { details: { name } });
  }
  const task = glueTaskNamed(name);
  const [evaluationSplit = "validation"] = task.evaluationSplits;
  if (data === undefined) {
    throw new ConfigError("option_missing", `'data' is missing: the folder of ${task.name}'s files, or hub`);
  }
  if (data === "hub") {
    if (existsSync("hub")) note("'data' hub is the Hugging Face hub; for the folder here write ./hub");
    const read: ReadTable = (split, handler) => readGlueFromHub(task, split, undefined, handler);
    return { task, evaluationSplit, read, fileOf: async () => undefined };
  }
  await checkDataFolder(data, task.name);
  return {
    task,
    evaluationSplit,
    read: (split, handler) => readGlue(task, data, split, handler),
    fileOf: (split) => findGlueSplit(task, data, split),
  };
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
const USUAL_LENGTH = 128;

/**
 * Finds a GLUE task by name, or a task of one's own by its file.
 *
 * @param note told what was left out, cut, or looks odd
 * @throws ConfigError `unknown_task`, `option_missing`, `unknown_metric`; FormatError as `readTask`
 */
export async function openLabelledTask(settings: TaskSettings, note: (line: string) => void): Promise<OpenTask> {
  if (settings.promptForm !== undefined) {
    throw new ConfigError("bad_option", `'promptForm' goes with tasks that generate text, not with ${settings.task}`);
  }
  if (settings.lang !== undefined) {
    throw new ConfigError("bad_option", `'lang' goes with webnlg, not with ${settings.task}`);
  }
  const { task, evaluationSplit, read, fileOf } = await describe(settings, note);
  const { name, kind, labels } = task;
  const labelled = { name, kind, metrics: metricsOf(task) };
  const { skipBrokenRows } = settings;
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
  const namesOf = (classes: Iterable<number>): string =>
    Array.from(classes, (index) => showValue(labels[index]))
      .slice(0, 10)
      .join(", ");

  return {
    name,
    kind,
    labels,
    evaluationSplit,
    usualLength: USUAL_LENGTH,
    promptForm: undefined,
    async training(tools) {
      const split = await readSplitNamed("train");
      learnt = classesOf(split);
      learntTexts = new Set(split.examples.map(textsOf));
      const missing = labels.flatMap((_, index) => (learnt?.has(index) ? [] : [index]));
      if (missing.length > 0 && kind === "classification") {
        note(`${name}, train: no example of ${namesOf(missing)}, of ${labels.length} classes`);
      }
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
