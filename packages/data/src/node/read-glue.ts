import { stat } from "node:fs/promises";
import { join } from "node:path";
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

/** Where a split may lie under a folder: official TSV, the hub's parquet, or `<split>.<format>`, in this order. */
function candidates(task: GlueTask, folder: string, split: string): string[] {
  const homes = [folder, join(folder, task.tsv.folder), join(folder, task.name)];
  const names = [
    task.tsv.splits[split]!,
    task.splits[split]!.slice(task.name.length + 1),
    ...TABLE_FORMATS.map((format) => `${split}.${format}`),
  ];
  return [...new Set(homes.flatMap((home) => names.map((name) => join(home, name))))];
}

async function findSplit(task: GlueTask, path: string, split: string): Promise<string> {
  const kind = await kindOfPath(path);
  if (kind === "missing") throw new FormatError("file_missing", `${path} does not exist`, { details: { path } });
  if (kind === "file") return path;
  const paths = candidates(task, path, split);
  for (const candidate of paths) if ((await kindOfPath(candidate)) === "file") return candidate;
  throw new FormatError(
    "file_missing",
    `${path} holds no ${split} split of ${task.name}; looked for ${paths.join(", ")}`,
    { details: { path, looked: paths } },
  );
}

/** The hub marks an unlabelled row by -1. */
const isMinusOne = (cell: unknown): boolean => Number(cell) === -1 && cell !== "";

/**
 * Reads one split of a GLUE task.
 *
 * TSV files are read in the official layout of each task (CoLA without a header line, quotes as ordinary characters,
 * byte-order mark, any line ends). JSON Lines, CSV and parquet files are read with the columns of `nyu-mll/glue`.
 * The test splits have no labels.
 *
 * @param task - one of `GLUE_TASKS`.
 * @param path - a file, or a folder that holds the split (itself, or under the task's official or hub name).
 * @param split - a key of `task.splits`, for instance `train` or `validation_matched`.
 * @param onBrokenRow - called for each row that cannot be used, which is then left out. Default: the first one is
 * thrown. The official QQP files are known to hold a few rows that lack cells; pass a handler that counts them.
 * @throws FormatError `file_missing`, `not_a_file`, `file_unreadable`, `invalid_utf8`, `missing_column`, `bad_parquet`,
 * `broken_row` (with file and line)
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
  if (!Object.hasOwn(task.splits, split)) throw unknownSplit(task, split);
  const file = await findSplit(task, path, split);
  const format = tableFormatOf(file);
  const { textColumns, labelColumn } = format === "tsv" ? task.tsv : task;
  return readLabelled({
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
}
