import { FormatError } from "@dylora/errors";

/** Where a row stands: the file and the number of its first line (text formats) or of the row (parquet), from 1. */
export interface RowPlace {
  /** Path or name of the file. */
  readonly path: string;
  /** What `number` counts. */
  readonly unit: "line" | "row";
  /** From 1; a header line counts as line 1. */
  readonly number: number;
}

/** The `broken_row` error for one row: file, line, what is wrong and what would be right. */
export function brokenRow(place: RowPlace, problem: string, cause?: unknown): FormatError {
  const { path, unit, number } = place;
  return new FormatError("broken_row", `${path}, ${unit} ${number}: ${problem}`, {
    ...(cause === undefined ? {} : { cause }),
    details: { path, [unit]: number },
  });
}

/** What to do about a broken row. Returning leaves the row out; throwing ends the reading. */
export type BrokenRowHandler = (error: FormatError) => void;

/** The default {@link BrokenRowHandler}: the first broken row ends the reading. */
export const refuseBrokenRows: BrokenRowHandler = (error) => {
  throw error;
};
