import { FormatError } from "@dylora/errors";
import { brokenRow } from "../broken-row.ts";
import { type CsvRecord, csvParser } from "../csv-records.ts";
import { positionsOf, type Row, type RowRequest, type Rows, showColumns } from "./rows.ts";
import { readLines } from "./text-lines.ts";

/** How cells are told apart: TSV has no quoting, as GLUE's official files; CSV is read as Python's `csv` reads it. */
export type Delimiter = "tsv" | "csv";

/** Most columns of a table. */
const MOST_COLUMNS = 100_000;

/** The cells of a TSV line, the first `keep` of them. */
function tsvRecord(text: string, line: number, keep: number): CsvRecord {
  const end = text.endsWith("\r") ? text.length - 1 : text.length;
  const cells: string[] = [];
  let count = 0;
  for (let at = 0; at <= end; count += 1) {
    const tab = text.indexOf("\t", at);
    const stop = tab < 0 || tab > end ? end : tab;
    if (count < keep) cells.push(text.slice(at, stop));
    at = stop + 1;
  }
  return { line, cells, count };
}

const isEmptyLine = (text: string): boolean => text === "" || text === "\r";

/**
 * Rows of a TSV or CSV file: UTF-8, lines ended by LF or CRLF (the last one possibly not ended), empty lines left out.
 *
 * @param header column names of a file that has no header line
 */
export async function readDelimitedRows(
  request: RowRequest,
  delimiter: Delimiter,
  header?: readonly string[],
): Promise<Rows> {
  const { path, choose, onBrokenRow } = request;
  let available = header;
  let columns: readonly string[] = header ? choose(header) : [];
  let positions = header ? positionsOf(columns, header) : [];
  let keep = header?.length ?? MOST_COLUMNS;
  const rows: Row[] = [];
  let shown: string | undefined;

  const takeRecord = ({ line: number, cells, count }: CsvRecord): number => {
    if (available === undefined) {
      if (count > MOST_COLUMNS) {
        throw new FormatError("bad_header", `${path}, line ${number}: ${count} columns; ${MOST_COLUMNS} are the most`, {
          details: { path, line: number },
        });
      }
      available = cells;
      columns = choose(cells);
      positions = positionsOf(columns, cells);
      keep = Math.max(0, ...positions) + 1;
      return keep;
    }
    if (count === available.length) {
      rows.push({ number, values: positions.map((position) => cells[position]) });
      return keep;
    }
    const found = `${count} ${count === 1 ? "cell" : "cells"} where the table has ${available.length}`;
    shown ??= showColumns(available, (name) => name.slice(0, 80));
    onBrokenRow(brokenRow({ path, unit: "line", number }, `${found} (${shown})`));
    return keep;
  };

  if (delimiter === "tsv") {
    await readLines(path, (text, number) => {
      if (!isEmptyLine(text)) takeRecord(tsvRecord(text, number, keep));
    });
  } else {
    const parser = csvParser(
      {
        onRecord: takeRecord,
        onOpenQuote: (number) => {
          const problem = "a quote is opened and never closed; close every quote, double quotes inside quoted cells";
          onBrokenRow(brokenRow({ path, unit: "line", number }, problem));
        },
      },
      keep,
    );
    await readLines(path, parser.line);
    parser.end();
  }
  if (available === undefined) columns = choose([]);
  return { unit: "line", columns, rows };
}
