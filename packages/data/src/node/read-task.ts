import { dirname, join } from "node:path";
import { ConfigError } from "@dylora/errors";
import { readJsonObject } from "@dylora/io/node";
import type { BrokenRowHandler } from "../broken-row.ts";
import { parseTextTask, type TextTask } from "../text-task.ts";
import type { Table } from "./read-labelled.ts";
import { readTable } from "./read-table.ts";

/** A task read from disk, and the folder its split files are relative to. */
export interface TaskFolder {
  /** The task. */
  readonly task: TextTask;
  /** Folder of `task.json`. */
  readonly folder: string;
}

/**
 * Reads a `task.json`: a {@link TextTask} beside its split files.
 *
 * @param path - the JSON file.
 * @throws FormatError `file_missing`, `not_a_file`, `file_unreadable`, `bad_json`, `bad_task`
 */
export async function readTask(path: string): Promise<TaskFolder> {
  const value = await readJsonObject(path);
  return { task: parseTextTask(value, path), folder: dirname(path) };
}

/**
 * Reads one split of a task whose files lie in a folder.
 *
 * @param split - a key of `task.splits`.
 * @param onBrokenRow - called for each row that cannot be used, which is then left out. Default: the first one is thrown.
 * @throws ConfigError `unknown_split`
 * @throws FormatError as {@link readTable}
 */
export async function readSplit(
  { task, folder }: TaskFolder,
  split: string,
  onBrokenRow?: BrokenRowHandler,
): Promise<Table> {
  const file = Object.hasOwn(task.splits, split) ? task.splits[split] : undefined;
  if (file === undefined) throw unknownSplit(task, split);
  const { textColumns, labelColumn, labels, kind } = task;
  const options = { textColumns, labelColumn, labels, kind };
  return readTable(join(folder, file), onBrokenRow === undefined ? options : { ...options, onBrokenRow });
}

/** The error for a split that a task does not have. */
export function unknownSplit(task: Pick<TextTask, "name" | "splits">, split: string): ConfigError {
  const known = Object.keys(task.splits).join(", ");
  return new ConfigError("unknown_split", `task ${task.name} has no split "${split}"; it has ${known}`);
}
