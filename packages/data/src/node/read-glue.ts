import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FormatError } from "@dylora/errors";
import { type BrokenRowHandler, refuseBrokenRows } from "../broken-row.ts";
import type { GlueTask } from "../glue-tasks.ts";
import { readLabelled, type Table } from "./read-labelled.ts";
import { unknownSplit } from "./read-task.ts";
import { TABLE_FORMATS, tableFormatOf } from "./table-format.ts";

const kindOfPath = async (path: string): Promise<"file" | "folder" | "missing"> => {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined) return "missing";
  return stats.isDirectory() ? "folder" : "file";
};

/** Names that the file of a split may have: the official TSV, the hub's parquet, or `<split>.<format>`, in this order. */
const namesOf = (task: GlueTask, split: string): string[] => [
  task.tsv.splits[split]!,
  task.splits[split]!.slice(task.name.length + 1),
  ...TABLE_FORMATS.map((format) => `${split}.${format}`),
];

/** Where a split may lie under a folder. */
function candidates(task: GlueTask, folder: string, split: string): string[] {
  const homes = [folder, join(folder, task.tsv.folder), join(folder, task.name)];
  return [...new Set(homes.flatMap((home) => namesOf(task, split).map((name) => join(home, name))))];
}

/** Refuses a file whose name says that it is another split than the one it is to be read as. */
function checkRole(task: GlueTask, file: string, split: string): void {
  const name = basename(file);
  if (namesOf(task, split).includes(name)) return;
  const other = Object.keys(task.splits).find((one) => namesOf(task, one).includes(name));
  if (other === undefined) return;
  throw new FormatError(
    "wrong_split_file",
    `${file} is the ${other} split of ${task.name}, not its ${split} split; give ${task.tsv.splits[split]}, or the ` +
      `folder ${dirname(file)}`,
    { details: { path: file, split } },
  );
}

/**
 * The file of one split of a GLUE task.
 *
 * @param path a file, or a folder that holds the split (itself, or under the task's official or hub name)
 * @throws ConfigError `unknown_split`; FormatError `file_missing`, `wrong_split_file`
 */
export async function findGlueSplit(task: GlueTask, path: string, split: string): Promise<string> {
  if (!Object.hasOwn(task.splits, split)) throw unknownSplit(task, split);
  const kind = await kindOfPath(path);
  if (kind === "missing") throw new FormatError("file_missing", `${path} does not exist`, { details: { path } });
  if (kind === "file") {
    checkRole(task, path, split);
    return path;
  }
  const paths = candidates(task, path, split);
  for (const candidate of paths) if ((await kindOfPath(candidate)) === "file") return candidate;
  throw new FormatError(
    "file_missing",
    `${path} holds no ${split} split of ${task.name}; looked for ${paths.join(", ")}`,
    { details: { path, looked: paths } },
  );
}

/** The hub marks an unlabelled row by -1. */
const isMinusOne = (cell: unknown): boolean =>
  cell === -1 || cell === -1n || (typeof cell === "string" && cell.trim() !== "" && Number(cell) === -1);

/**
 * Reads one split of a GLUE task.
 *
 * TSV files are read in the official layout of each task (CoLA without a header line, quotes as ordinary characters,
 * byte-order mark, any line ends). JSON Lines, CSV and parquet files are read with the columns of `nyu-mll/glue`.
 * The test splits have no labels.
 *
 * @param task one of `GLUE_TASKS`
 * @param path a folder that holds the split (itself, or under the task's official or hub name), or the split's file; a
 * file that has the name of another split is refused.
 * @param split a key of `task.splits`, for instance `train` or `validation_matched`
 * @param onBrokenRow called for each row that cannot be used, which is then left out. Default: the first one is
 * thrown. The official QQP files are known to hold a few rows that lack cells; pass a handler that counts them.
 * @throws FormatError `wrong_split_file`, and what {@link readTable} throws
 * @throws ConfigError `unknown_split`, `unknown_table_format`
 *
 * @example
 * ```ts
 * import { mkdtemp, writeFile } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { GLUE_TASKS } from "@dylora/data";
 * import { readGlue } from "@dylora/data/node";
 *
 * const folder = await mkdtemp(join(tmpdir(), "glue-"));
 * await writeFile(join(folder, "dev.tsv"), "gj04\t1\t\tThe sailors rode the breeze.\ngj04\t0\t*\tRode sailors the.\n");
 * const { examples } = await readGlue(GLUE_TASKS.cola, folder, "validation");
 * console.log(examples[0]); // { text: "The sailors rode the breeze.", label: 1 }
 * ```
 */
export async function readGlue(
  task: GlueTask,
  path: string,
  split: string,
  onBrokenRow: BrokenRowHandler = refuseBrokenRows,
): Promise<Table> {
  const file = await findGlueSplit(task, path, split);
  const format = tableFormatOf(file);
  const { textColumns, labelColumn } = format === "tsv" ? task.tsv : task;
  const table = await readLabelled({
    path: file,
    format,
    header: format === "tsv" ? task.tsv.headers?.[split] : undefined,
    textColumns,
    labelColumn: split.startsWith("test") ? undefined : labelColumn,
    labels: task.labels,
    kind: task.kind,
    isUnlabelled: format === "tsv" ? () => false : isMinusOne,
    onBrokenRow,
  });
  const { examples, labels, remarks } = table;
  return { examples, labels, remarks };
}
