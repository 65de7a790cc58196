import { ConfigError } from "@dylora/errors";
import { type BrokenRowHandler, refuseBrokenRows } from "../broken-row.ts";
import type { LabelEncoding } from "../labels.ts";
import type { TaskKind } from "../task-kind.ts";
import { type LabelledRequest, type PlacedTable, readLabelled, type Table } from "./read-labelled.ts";
import { type TableFormat, tableFormatOf } from "./table-format.ts";

/** Which columns of a table make the examples. */
export interface ReadTableOptions {
  /** Column of the text, or columns of the two texts of a pair. */
  readonly textColumns: readonly [string] | readonly [string, string];
  /** Column of the label. Default: the examples have none. */
  readonly labelColumn?: string;
  /**
   * Class names in the order of the class indices. Default: those that the file itself lists (parquet that `datasets` wrote),
   * or the names that occur, sorted (by value where they are whole numbers). Read the other files of the same task with the
   * labels of the first: another file may hold other classes.
   */
  readonly labels?: readonly string[];
  /**
   * How the cells of the label column stand for the classes of `labels`: by name or by index from 0. Default: as the whole
   * column says; one that could be read both ways (labels `1` to `5` and the numbers 1 to 4) is refused. Among indices,
   * -1 marks a row without a label.
   */
  readonly labelEncoding?: LabelEncoding;
  /** Default `"classification"`. */
  readonly kind?: TaskKind;
  /** Default: as the file name's extension says. */
  readonly format?: TableFormat;
  /** Called for each row that cannot be used, which is then left out. Default: the first one is thrown. */
  readonly onBrokenRow?: BrokenRowHandler;
}

/**
 * Reads examples from a TSV, CSV, JSON Lines or parquet file. TSV and CSV need a header line. Quotes are ordinary
 * characters in TSV; CSV is read as Python's `csv` and pandas read it. Files are read piece by piece: they may be larger
 * than a string can be.
 *
 * @throws FormatError `file_missing`, `not_a_file`, `file_unreadable`, `lfs_pointer`, `invalid_utf8`, `compressed_file`,
 * `not_text`, `line_too_long`, `bad_header`, `missing_column`, `repeated_column`, `ambiguous_labels`, `bad_parquet`,
 * `broken_row` (with file and line)
 * @throws ConfigError `unknown_table_format`, `labels_look_real`, `bad_label_option`
 *
 * @example
 * ```ts
 * import { mkdtemp, writeFile } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { readTable } from "@dylora/data/node";
 *
 * const path = join(await mkdtemp(join(tmpdir(), "table-")), "reviews.jsonl");
 * await writeFile(path, '{"text": "a fine film", "label": "good"}\n{"text": "dull", "label": "bad"}\n');
 * const { examples, labels } = await readTable(path, { textColumns: ["text"], labelColumn: "label" });
 * console.log(labels, examples); // ["bad", "good"], [{ text: "a fine film", label: 1 }, { text: "dull", label: 0 }]
 * ```
 */
export async function readTable(path: string, options: ReadTableOptions): Promise<Table> {
  const { examples, labels, remarks } = await readPlacedTable(path, options);
  return { examples, labels, remarks };
}

/** {@link readTable} with the place of each example. */
export async function readPlacedTable(
  path: string,
  options: ReadTableOptions & Pick<LabelledRequest, "labelOptional" | "otherEvidence">,
): Promise<PlacedTable> {
  const { labels, kind = "classification" } = options;
  if (labels !== undefined && kind === "regression" && labels.length > 0) {
    throw new ConfigError("bad_label_option", 'class names have no meaning with kind "regression"; leave out `labels`');
  }
  if (labels !== undefined && new Set(labels).size < labels.length) {
    throw new ConfigError("bad_label_option", "`labels` names a class twice");
  }
  return readLabelled(labelledRequest(path, options));
}

/** The request that options of {@link readTable} make. */
export function labelledRequest(
  path: string,
  options: ReadTableOptions & Pick<LabelledRequest, "labelOptional" | "otherEvidence">,
): LabelledRequest {
  const { labelColumn, labels, kind = "classification", onBrokenRow = refuseBrokenRows, format } = options;
  return { ...options, path, format: format ?? tableFormatOf(path), labelColumn, labels, kind, onBrokenRow };
}
