import { readDelimitedRows } from "./delimited-rows.ts";
import { readJsonlRows } from "./jsonl-rows.ts";
import { readParquetRows } from "./parquet-rows.ts";
import type { RowRequest, Rows } from "./rows.ts";
import type { TableFormat } from "./table-format.ts";

/** Reads the rows of a table file of any format. */
export function readRows(
  request: RowRequest,
  format: TableFormat,
  header: readonly string[] | undefined,
  wanted: readonly string[],
): Promise<Rows> {
  if (format === "parquet") return readParquetRows(request);
  if (format === "jsonl") return readJsonlRows(request, wanted);
  return readDelimitedRows(request, format, header);
}
