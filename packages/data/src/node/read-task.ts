import { dirname } from "node:path";
import { ConfigError, DyloraError, showValue } from "@dylora/errors";
import { readJsonObject } from "@dylora/io/node";
import type { BrokenRowHandler } from "../broken-row.ts";
import { type LabelEvidence, mergeEvidence, namesLookLikeIndices } from "../labels.ts";
import { parseTextTask, type TextTask, unknownFields } from "../text-task.ts";
import { fileInFolder } from "./file-in-folder.ts";
import { readLabelEvidence, type Table } from "./read-labelled.ts";
import { labelledRequest, readPlacedTable } from "./read-table.ts";

/** A task read from disk, and the folder its split files are relative to. */
export interface TaskFolder {
  /** The task. */
  readonly task: TextTask;
  /** Folder of `task.json`. */
  readonly folder: string;
  /** Fields of `task.json` that mean nothing and are ignored, a misspelt one perhaps. */
  readonly ignored?: readonly string[];
}

/**
 * Reads a `task.json`: a {@link TextTask} beside its split files.
 *
 * @param path the JSON file
 * @throws FormatError `file_missing`, `not_a_file`, `file_unreadable`, `bad_json`, `bad_task`
 */
export async function readTask(path: string): Promise<TaskFolder> {
  const value = await readJsonObject(path);
  return { task: parseTextTask(value, path), folder: dirname(path), ignored: unknownFields(value) };
}

/**
 * The file of a split of a task.
 *
 * @throws ConfigError `unknown_split`; FormatError `outside_folder`
 */
export async function splitFile({ task, folder }: TaskFolder, split: string): Promise<string> {
  if (!Object.hasOwn(task.splits, split)) throw unknownSplit(task, split);
  return fileInFolder(folder, task.splits[split] as string, `the ${split} split of ${showValue(task.name)}`);
}

/** What the label columns of a task's other splits say. A split that cannot be read says nothing. */
async function evidenceOfOthers(opened: TaskFolder, split: string): Promise<LabelEvidence | undefined> {
  const { task } = opened;
  let all: LabelEvidence | undefined;
  for (const other of Object.keys(task.splits)) {
    if (other === split) continue;
    try {
      const { textColumns, labelColumn, labels, kind } = task;
      const request = labelledRequest(await splitFile(opened, other), { textColumns, labelColumn, labels, kind });
      const evidence = await readLabelEvidence(request);
      if (evidence !== undefined) all = all === undefined ? evidence : mergeEvidence(all, evidence);
    } catch (error) {
      // It is complained about when it is read for its own sake.
      if (!DyloraError.isInstance(error)) throw error;
    }
  }
  return all;
}

/**
 * Reads one split of a task whose files lie in a folder.
 *
 * Labels are read by name or by index, decided for the column as a whole, the other splits' included where the class names
 * look like indices; `task.labelEncoding` says it. A `test` split may lack the label column.
 *
 * @param split a key of `task.splits`
 * @param onBrokenRow called for each row that cannot be used, which is then left out. Default: the first one is thrown.
 * @throws ConfigError `unknown_split`
 * @throws FormatError `outside_folder` where the file lies outside the task's folder; and as {@link readTable}
 */
export async function readSplit(opened: TaskFolder, split: string, onBrokenRow?: BrokenRowHandler): Promise<Table> {
  const { textColumns, labelColumn, labels, kind, labelEncoding } = opened.task;
  const path = await splitFile(opened, split);
  const isOpen = kind === "classification" && labelEncoding === undefined && namesLookLikeIndices(labels);
  const { examples, remarks } = await readPlacedTable(path, {
    textColumns,
    labelColumn,
    labels,
    kind,
    labelOptional: split.startsWith("test"),
    ...(labelEncoding === undefined ? {} : { labelEncoding }),
    ...(isOpen ? { otherEvidence: () => evidenceOfOthers(opened, split) } : {}),
    ...(onBrokenRow === undefined ? {} : { onBrokenRow }),
  });
  return { examples, labels, remarks };
}

/** The error for a split that a task does not have. */
export function unknownSplit(task: Pick<TextTask, "name" | "splits">, split: string): ConfigError {
  const known = Object.keys(task.splits).join(", ");
  return new ConfigError("unknown_split", `task ${task.name} has no split ${showValue(split)}; it has ${known}`);
}
