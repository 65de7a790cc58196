import { REAL } from "../labels.ts";
import { readRows } from "./read-rows.ts";
import { tableFormatOf } from "./table-format.ts";

/** What a column of a table holds. */
export interface ColumnOutline {
  /** Its name. */
  readonly name: string;
  /** Cells that hold something. */
  readonly filled: number;
  /** Texts, numbers and truth values that occur, as texts, each once, in the order of the file. */
  readonly values: readonly string[];
  /** Mean length of its cells in characters. */
  readonly meanLength: number;
  /** Whether every cell that holds something is a number, or a text that is one. */
  readonly isNumeric: boolean;
}

/**
 * Looks at the columns of a TSV, CSV, JSON Lines or parquet file. Rows that cannot be read are left out.
 *
 * @throws FormatError and ConfigError as {@link readTable} about the file as a whole
 */
export async function outlineTable(path: string): Promise<ColumnOutline[]> {
  const request = { path, choose: (available: readonly string[]) => available, onBrokenRow: () => undefined };
  const { columns, rows } = await readRows(request, tableFormatOf(path), undefined, []);
  return columns.map((name, at) => {
    const cells = rows
      .map(({ values }) => values[at])
      .filter((cell) => cell !== null && cell !== undefined && typeof cell !== "object")
      .map(String)
      .filter((cell) => cell !== "");
    return {
      name,
      filled: cells.length,
      values: [...new Set(cells)],
      meanLength: cells.reduce((sum, { length }) => sum + length, 0) / Math.max(1, cells.length),
      isNumeric: cells.length > 0 && cells.every((cell) => REAL.test(cell)),
    };
  });
}
