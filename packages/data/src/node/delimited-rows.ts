import { CsvError, type Options, parse } from "csv-parse/sync";
import { brokenRow } from "../broken-row.ts";
import { readUtf8 } from "./read-utf8.ts";
import { positionsOf, type Row, type RowRequest, type Rows } from "./rows.ts";

/** How cells are told apart. */
export type Delimiter = "tsv" | "csv";

// A quote in TSV is a character like any other, as in GLUE's official files; in CSV it follows RFC 4180.
const DIALECTS: Record<Delimiter, Options> = {
  tsv: { delimiter: "\t", quote: false, escape: null },
  csv: { delimiter: "," },
};

const newlinesIn = (cells: readonly string[]): number =>
  cells.reduce((count, cell) => count + (cell.includes("\n") ? cell.split("\n").length - 1 : 0), 0);

/**
 * Rows of a TSV or CSV file: UTF-8, lines ended by LF or CRLF (the last one possibly not ended), empty lines left out.
 *
 * @param header - column names of a file that has no header line.
 */
export async function readDelimitedRows(
  request: RowRequest,
  delimiter: Delimiter,
  header?: readonly string[],
): Promise<Rows> {
  const { path, choose, onBrokenRow } = request;
  const text = await readUtf8(path);
  let available = header;
  let columns: readonly string[] = header ? choose(header) : [];
  let positions = header ? positionsOf(columns, header) : [];
  let lastLine = 0;
  const rows: Row[] = [];

  const takeRow = (cells: readonly string[], endLine: number): void => {
    const number = endLine - newlinesIn(cells);
    lastLine = endLine;
    if (available === undefined) {
      available = cells;
      columns = choose(cells);
      positions = positionsOf(columns, cells);
    } else if (cells.length !== available.length) {
      const found = `${cells.length} ${cells.length === 1 ? "cell" : "cells"} where the table has ${available.length}`;
      onBrokenRow(brokenRow({ path, unit: "line", number }, `${found} (${available.join(", ")})`));
    } else {
      rows.push({ number, values: positions.map((position) => cells[position]) });
    }
  };

  try {
    parse(text, {
      ...DIALECTS[delimiter],
      record_delimiter: ["\r\n", "\n"],
      relax_column_count: true,
      skip_empty_lines: true,
      on_record: (cells: string[], { lines }) => {
        takeRow(cells, lines);
        return null;
      },
    });
    if (available === undefined) columns = choose([]);
    return { unit: "line", columns, rows };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const place = { path, unit: "line", number: lastLine + 1 } as const;
    throw brokenRow(place, `not CSV: ${error.message}; close every quote, double quotes inside quoted cells`, error);
  }
}
