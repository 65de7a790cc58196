import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { glueTaskNamed } from "@dylora/data";
import { findGlueSplit, readGlue, readGlueFromHub, readSplit, readTask, splitFile } from "@dylora/data/node";
import { ConfigError, showValue } from "@dylora/errors";
import { checkDataFolder } from "./data-folder.ts";
import { DEFAULT_VALIDATION, heldOut } from "./hold-out.ts";
import { type DescribedTask, labelledTask, type ReadTable } from "./labelled-task.ts";
import { proposeTask } from "./propose-task.ts";
import { describeTable, isTableFile } from "./table-task.ts";
import type { OpenTask, TaskSettings } from "./task.ts";
import { isTaskName, isTaskPath, knownTasks } from "./task-name.ts";

/** What may be meant by a name that is no task's. */
function hintFor(name: string): string {
  if (existsSync(join(name, "task.json"))) return `; the folder holds a task.json: 'task' ${join(name, "task.json")}`;
  return existsSync(name)
    ? `; for the file of that name write ./${name}`
    : "; a task of your own goes by its task.json";
}

/** The share of a task's rows to be set apart. */
function shareOf(validation: TaskSettings["validation"], file: string): number {
  if (typeof validation !== "string") return validation ?? DEFAULT_VALIDATION;
  throw new ConfigError(
    "bad_option",
    `'validation' ${validation} is a path; ${file} names the file to measure on by "splits": {"validation": …}`,
  );
}

async function describeOwn(
  file: string,
  { data, validation }: Pick<TaskSettings, "data" | "validation">,
  note: (line: string) => void,
): Promise<DescribedTask> {
  if (data === "hub") throw new ConfigError("bad_option", "'data' hub goes with GLUE tasks, not with a task.json");
  if (existsSync(join(file, "task.json"))) {
    throw new ConfigError("bad_option", `'task' ${file} is a folder; name the file in it: ${join(file, "task.json")}`);
  }
  if (isTableFile(file) && existsSync(file)) return proposeTask(file, note);
  const { task, ignored = [] } = await readTask(file);
  if (ignored.length > 0) {
    const names = ignored.slice(0, 10).map((field) => showValue(field));
    note(`${file}: ignored, since a task has no such fields: ${names.join(", ")}`);
  }
  if (data !== undefined) await checkDataFolder(data, task.name);
  const opened = { task, folder: data ?? dirname(resolve(file)) };
  const read: ReadTable = (split, handler) => readSplit(opened, split, handler);
  const fileOf = (split: string) => splitFile(opened, split);
  const evaluationSplit = Object.keys(task.splits).find((split) => split.startsWith("validation"));
  if (evaluationSplit === undefined && Object.hasOwn(task.splits, "train")) {
    const others = Object.keys(task.splits).filter((split) => split !== "train");
    const undivided = { task, read, fileOf, title: file, others };
    return heldOut(undivided, shareOf(validation, file), note);
  }
  if (validation !== undefined) {
    throw new ConfigError(
      "bad_option",
      `'validation' sets rows apart to measure on, and ${file} names a split for that: ${evaluationSplit ?? Object.keys(task.splits).join(", ")}; leave the option out`,
    );
  }
  return { task, evaluationSplit: evaluationSplit ?? "validation", read, fileOf };
}

async function describe(
  { task: name, data, text, textPair, label, labels, kind, metrics, validation }: TaskSettings,
  note: (line: string) => void,
): Promise<DescribedTask> {
  const columns = { text, textPair, label, labels, kind, metrics };
  if (isTableFile(name) && (text ?? label) !== undefined) return describeTable(name, { ...columns, validation }, note);
  const stray = Object.entries({ ...columns, ...(isTaskPath(name) ? {} : { validation }) }).find(
    ([, value]) => value !== undefined,
  )?.[0];
  if (stray !== undefined) {
    throw new ConfigError(
      "bad_option",
      `'${stray}' goes with the path of a table (.csv, .tsv, .jsonl, .parquet), not with ${name}`,
    );
  }
  if (isTaskPath(name)) return describeOwn(name, { data, validation }, note);
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
  return labelledTask(await describe(settings, note), settings.skipBrokenRows, note);
}
