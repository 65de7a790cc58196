import { extname } from "node:path";
import { ConfigError } from "@dylora/errors";

/** A table file's format: tab-separated (quotes are characters), comma-separated (RFC 4180), JSON Lines, parquet. */
export type TableFormat = "tsv" | "csv" | "jsonl" | "parquet";

/** Every {@link TableFormat}; also the file name extensions they are recognised by. */
export const TABLE_FORMATS: readonly TableFormat[] = ["tsv", "csv", "jsonl", "parquet"];

/**
 * The format that a path's extension names.
 *
 * @throws ConfigError `unknown_table_format`
 */
export function tableFormatOf(path: string): TableFormat {
  const extension = extname(path).slice(1).toLowerCase();
  const format = TABLE_FORMATS.find((name) => name === extension);
  if (format !== undefined) return format;
  const known = TABLE_FORMATS.map((name) => `.${name}`).join(", ");
  throw new ConfigError("unknown_table_format", `${path}: the extension names no table format; known are ${known}`);
}
