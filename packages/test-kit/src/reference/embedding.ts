import { at, type Matrix, matrixFrom } from "./matrix.ts";

/** Rows of a table, one for each id. */
export function embedding(ids: readonly number[], table: Matrix): Matrix {
  return matrixFrom(ids.length, table.columns, (row, column) => at(table, ids[row] as number, column));
}
