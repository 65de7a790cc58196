import { type AlignOptions, alignColumns, keptColumns, type TextColumn } from "./align-columns.ts";
import { printable, truncate, wrap } from "./display-width.ts";
import { styled } from "./escape-sequences.ts";
import type { ListedRun, RunList } from "./run-list.ts";
import { type RunColumn, runColumns } from "./run-list-columns.ts";
import { runListNotes } from "./run-list-notes.ts";
import type { TerminalOptions } from "./table.ts";

/** A name or a setting that is longer would leave no room for the rest. */
const WIDEST = 32;

const wentWrong: ReadonlySet<ListedRun["state"]> = new Set(["diverged", "failed"]);

function textColumn({ head, cells, words, optional }: RunColumn, unicode: boolean): TextColumn {
  return {
    head: head.flatMap((line) => wrap(printable(line), 12, unicode)).join("\n"),
    cells: cells.map((cell) => truncate(printable(cell), WIDEST, unicode)),
    ...(words ? { align: "left" } : {}),
    ...(optional > 0 ? { optional } : {}),
  };
}

/**
 * A list of runs as a text table, a line for each, with what of the folder was left out below it. Columns that the terminal has
 * no room for are named.
 *
 * @returns lines joined by newlines, none at the end
 */
export function runListTable(
  list: RunList,
  { width = 80, color = false, unicode = true }: TerminalOptions = {},
): string {
  const { runs } = list;
  const columns = runColumns(list).map((column) => textColumn(column, unicode));
  const paint = (line: string, row: number) =>
    color && wentWrong.has((runs[row] as ListedRun).state) ? styled(["red"], line) : line;
  const options: AlignOptions = { width, unicode, paint };
  const kept = new Set(keptColumns(columns, width));
  const missing = columns.filter((column) => !kept.has(column)).map(({ head }) => head.replaceAll("\n", " "));
  const { count, star, broken, others, changes, warnings } = runListNotes(list);
  const starred = [...kept].some(({ cells }) => cells.some((cell) => cell.endsWith("*")));
  const notes = [
    ...(missing.length === 0
      ? []
      : [`No room for ${missing.join(", ")}: widen the terminal, or take --json or --html.`]),
    count,
    ...(star === undefined || !starred ? [] : [star]),
    ...(broken === undefined ? [] : [broken.count, ...broken.each.map((line) => `  ${line}`)]),
    ...(others === undefined ? [] : [others]),
    ...changes,
    // What to do about it is said where one run is looked at.
    ...warnings.map((line) => `warning: ${line.split("; ")[0]}`),
  ];
  const below = notes.flatMap((note) => {
    const indent = /^ */.exec(note)?.[0] ?? "";
    return wrap(printable(note.trim()), Math.max(20, width - indent.length), unicode).map((line) => indent + line);
  });
  return [...(runs.length === 0 ? [] : [...alignColumns(columns, options), ""]), ...below].join("\n");
}
