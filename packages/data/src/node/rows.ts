import { FormatError, showValue } from "@dylora/errors";
import type { BrokenRowHandler } from "../broken-row.ts";

/** One row of a table, cut down to the columns that were asked for. */
export interface Row {
  /** From 1: the line a row starts on, or the row itself in a format without lines. */
  readonly number: number;
  /** One value for each chosen column. */
  readonly values: readonly unknown[];
}

/** Rows of a table file. */
export interface Rows {
  /** What `Row.number` counts. */
  readonly unit: "line" | "row";
  /** Columns chosen, in the order of `Row.values`. */
  readonly columns: readonly string[];
  /** In the order of the file; broken ones are not among them. */
  readonly rows: readonly Row[];
  /** Names of classes by index, for the columns of which the file says them (parquet that `datasets` wrote). */
  readonly classNames?: ReadonlyMap<string, readonly string[]>;
}

/** How a table file is read. */
export interface RowRequest {
  /** Path of the file. */
  readonly path: string;
  /** Picks columns among those that the file has. */
  readonly choose: (available: readonly string[]) => readonly string[];
  /** Called for each row that cannot be read. */
  readonly onBrokenRow: BrokenRowHandler;
}

/** Position of each chosen column among those available. */
export function positionsOf(chosen: readonly string[], available: readonly string[]): number[] {
  return chosen.map((column) => available.indexOf(column));
}

/** Column names that a message shows. */
const MOST_SHOWN = 20;

/** Column names for a message, the first few of many. */
export function showColumns(names: readonly string[], show: (name: string) => string = showValue): string {
  const shown = names.slice(0, MOST_SHOWN).map(show).join(", ");
  return names.length > MOST_SHOWN ? `${shown}, … (${names.length} columns)` : shown;
}

/** What may be wrong with the first line of a file that lacks a column. */
function headerHint(wanted: string, available: readonly string[]): string {
  const near = available.find((name) => name.trim().toLowerCase() === wanted.trim().toLowerCase());
  if (near !== undefined) return `; names are compared letter by letter: write ${showValue(near)}`;
  const [only] = available;
  if (available.length !== 1 || only === undefined) return "";
  const separator = [";", "\t", ",", "|"].find((mark) => only.includes(mark));
  if (separator === undefined) return "";
  const names: Readonly<Record<string, string>> = { ";": "semicolons", "\t": "tabs", ",": "commas", "|": "bars" };
  return `; its cells seem to be separated by ${names[separator]}: a .csv file has commas, a .tsv file tabs`;
}

/** The error of a file that lacks a column. */
export function missingColumn(path: string, wanted: string, available: readonly string[]): FormatError {
  const found = showColumns(available) || "no columns";
  const hint = headerHint(wanted, available);
  return new FormatError("missing_column", `${path} has no column ${showValue(wanted)}; it has ${found}${hint}`, {
    details: { path, columns: available.slice(0, MOST_SHOWN) },
  });
}

/**
 * Checks that a file has columns, each once.
 *
 * @throws FormatError `missing_column`, `repeated_column`
 */
export function requireColumns(path: string, wanted: readonly string[], available: readonly string[]): void {
  for (const column of wanted) {
    const first = available.indexOf(column);
    if (first < 0) throw missingColumn(path, column, available);
    if (available.indexOf(column, first + 1) < 0) continue;
    throw new FormatError("repeated_column", `${path} has two columns ${showValue(column)}; rename one of them`, {
      details: { path, column },
    });
  }
}
