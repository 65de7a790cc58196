import { existsSync } from "node:fs";
import { refuseBrokenRows, type TextTask } from "@dylora/data";
import { readTable, type Table } from "@dylora/data/node";
import { ConfigError, showValue } from "@dylora/errors";
import { DEFAULT_VALIDATION, heldOut } from "./hold-out.ts";
import type { DescribedTask } from "./labelled-task.ts";
import { type TableColumns, tableTask } from "./table-columns.ts";

/** Whether a path is that of a table, by its name. */
export const isTableFile = (path: string): boolean => /\.(csv|tsv|jsonl|parquet)$/i.test(path);

/** Refuses classes that nothing can be learnt from, and says which were found. */
export function checkClasses(
  name: string,
  { kind, labels }: TextTask,
  given: boolean,
  note: (line: string) => void,
): void {
  if (kind === "regression") return;
  if (labels.length < 2) {
    throw new ConfigError(
      "bad_task",
      `${name}: its labels are of ${labels.length === 1 ? `one class, ${showValue(labels[0])}` : "no class"}; there must be two at least`,
    );
  }
  if (given) return;
  const shown = labels.slice(0, 10).map((label) => showValue(label));
  note(`${name}: ${labels.length} classes: ${shown.join(", ")}${labels.length > 10 ? ", …" : ""}`);
}

/**
 * A table with columns of texts and labels as a task. The table is read once.
 *
 * @param note told which classes were found, and how many rows are measured on
 * @throws ConfigError `option_missing`, `bad_task`; FormatError as `readTable`
 */
export async function describeTable(
  path: string,
  columns: TableColumns,
  note: (line: string) => void,
): Promise<DescribedTask> {
  const { validation = DEFAULT_VALIDATION, labels: given } = columns;
  if (!existsSync(path)) throw new ConfigError("file_missing", `'task' ${path}: there is no such file`);
  const outline = tableTask(path, columns, given ?? []);
  const { textColumns, labelColumn, kind } = outline;
  // Which classes there are is known before any row is refused: a broken row says nothing about them.
  const found =
    given === undefined
      ? await readTable(path, { textColumns, labelColumn, kind, onBrokenRow: () => undefined })
      : undefined;
  const known = found?.labels ?? given ?? [];
  const task = { ...outline, labels: known };
  checkClasses(path, task, given !== undefined, note);
  for (const { code, message } of found?.remarks ?? []) if (code === "similar_labels") note(`warning: ${message}`);
  const read = (file: string, onBrokenRow = refuseBrokenRows): Promise<Table> =>
    readTable(file, {
      textColumns,
      labelColumn,
      kind,
      onBrokenRow,
      ...(kind === "regression" ? {} : { labels: known }),
    });
  let told = false;
  /** Says once, where it is learnt from, how the table is described for good. */
  const tellJson = (split: string) => {
    if (split === "train" && !told) note(`the same as a task.json: ${JSON.stringify(task)}`);
    told = true;
  };
  if (typeof validation === "number") {
    const fileOf = async () => undefined;
    const whole = (_: string, onBrokenRow: typeof refuseBrokenRows) => read(path, onBrokenRow);
    const described = heldOut({ task, read: whole, fileOf, title: path }, validation, note);
    return {
      ...described,
      read(split, onBrokenRow) {
        tellJson(split);
        return described.read(split, onBrokenRow);
      },
    };
  }
  return {
    task,
    evaluationSplit: "validation",
    async read(split, onBrokenRow) {
      if (split !== "train" && split !== "validation") {
        throw new ConfigError("unknown_split", `${path} has no split ${showValue(split)}; it has train, validation`);
      }
      tellJson(split);
      return read(split === "train" ? path : validation, onBrokenRow);
    },
    fileOf: async (split) => (split === "train" ? path : validation),
  };
}
