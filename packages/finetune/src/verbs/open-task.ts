import type { TaskKind } from "@dylora/data";
import { ConfigError, showValue } from "@dylora/errors";
import { contextOf, type WorkOptions } from "../context.ts";
import { type DataSettings, trainingSettingsIn } from "../settings/training-settings.ts";
import { openTask as openTaskOf } from "../tasks/open-task.ts";
import type { OpenTask } from "../tasks/task.ts";
import { withAbsolutePaths } from "../training/absolute-paths.ts";

/** A task that is open: what is learnt of which files, and how it is scored. Its files are read when a model is trained. */
export interface Task extends OpenTask {
  /** What the record of a run holds of it, so that it can be opened again. */
  readonly settings: Partial<DataSettings>;
}

/** Where the files of a task are, and how they are read. */
export interface OpenTaskOptions extends Pick<WorkOptions, "log"> {
  /** A table: column of the text. */
  readonly text?: string;
  /** A table: column of the second text of a pair. */
  readonly textPair?: string;
  /** A table: column of the label. */
  readonly label?: string;
  /** A table: class names in the order of their ids. Default: those that occur, sorted. */
  readonly labels?: readonly string[];
  /** A table: classes or numbers. Default `classification`. */
  readonly kind?: TaskKind;
  /** A table: metrics, the main one first, as Hugging Face's `evaluate` names them. Default: accuracy, or `pearson`. */
  readonly metrics?: readonly string[];
  /** A table: the share of its rows that is measured on, or the path of another table. Default 0.1. */
  readonly validation?: number | string;
  /** Folder of the task's files, or `hub` for a GLUE task. Default for a `task.json`: its own folder. */
  readonly data?: string;
  /** Language of WebNLG's texts, where the files hold several. */
  readonly lang?: string;
  /** How data become prompts, where the task is to generate. Default `lora`. */
  readonly promptForm?: "lora" | "arrow";
  /** Leave out rows that cannot be read, and say how many. Default: the first one is refused. */
  readonly skipBrokenRows?: boolean;
}

const known = [
  "text",
  "textPair",
  "label",
  "labels",
  "kind",
  "metrics",
  "validation",
  "data",
  "lang",
  "promptForm",
  "skipBrokenRows",
];

/**
 * Opens a task: a table of your own, a `task.json`, a GLUE task, or a task that generates text.
 *
 * @param source the path of a table (`.csv`, `.tsv`, `.jsonl`, `.parquet`) with `text` and `label` naming its columns; the
 * path of a `task.json`; a GLUE task such as `sst2`; or `e2e`, `dart`, `webnlg`, `jsonl` with their folder as `data`
 * @returns the task; nothing is to be closed
 * @throws ConfigError `unknown_task`, `option_missing`, `bad_option`; FormatError naming file and line
 *
 * @example
 * ```ts
 * import { openTask } from "dylora";
 *
 * const columns = { text: "text", label: "label", validation: 0.2 };
 * const task = await openTask("examples/quickstart/data/train.tsv", { ...columns, log: console.log });
 * console.log(task.kind, task.labels);
 * ```
 */
export async function openTask(source: string, options: OpenTaskOptions = {}): Promise<Task> {
  const { log, ...given } = options;
  const stray = Object.keys(given).find((name) => !known.includes(name));
  if (stray !== undefined) {
    throw new ConfigError(
      "unknown_option",
      `there is no option ${showValue(stray)} of openTask; there are ${known.join(", ")}`,
    );
  }
  const settings = withAbsolutePaths(trainingSettingsIn({ ...given, task: source }));
  const task = await openTaskOf({ ...settings, task: settings.task ?? source }, contextOf({ log }).note);
  const { data, lang, promptForm, skipBrokenRows, text, textPair, label, labels, kind, metrics, validation } = settings;
  const columns = { text, textPair, label, labels, kind, metrics, validation };
  return { ...task, settings: { task: settings.task, data, lang, promptForm, skipBrokenRows, ...columns } };
}
