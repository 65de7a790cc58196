import { FormatError } from "@dylora/errors";
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

/** The error of a file that lacks a column. */
export function missingColumn(path: string, wanted: string, available: readonly string[]): FormatError {
  const names = available.map((name) => JSON.stringify(name)).join(", ");
  return new FormatError("missing_column", `${path} has no column ${wanted}; it has ${names || "no columns"}`, {
    details: { path, columns: available },
  });
}
