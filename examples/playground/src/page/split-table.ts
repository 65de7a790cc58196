import { type CsvRecord, parseCsv } from "@dylora/data";

/** A text cut into cells. */
export interface Table {
  /** Its lines that are not empty. */
  readonly records: readonly Pick<CsvRecord, "line" | "cells">[];
  /** What stands between two cells, for people. */
  readonly shown: string;
}

const ARROW = " => ";

/** A line cut in two where the arrow first stands. */
function cutAtArrow(line: string): string[] {
  const at = line.indexOf(ARROW);
  return at < 0 ? [line] : [line.slice(0, at), line.slice(at + ARROW.length)];
}

/**
 * Cuts a text into lines and cells. The first line that is not empty decides how: at `=>`, at tabs, or else as CSV, at
 * semicolons where it has no comma, as some spreadsheets write it.
 *
 * @throws Error for a quote that is never closed
 */
export function splitTable(text: string): Table {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const first = lines.find((line) => line.trim() !== "") ?? "";
  const cutBy = (cut: (line: string) => string[]): Table["records"] =>
    lines.flatMap((line, index) => (line.trim() === "" ? [] : [{ line: index + 1, cells: cut(line) }]));
  if (first.includes(ARROW)) return { records: cutBy(cutAtArrow), shown: '" => "' };
  if (first.includes("\t")) return { records: cutBy((line) => line.split("\t")), shown: "a tab" };
  const delimiter = first.includes(";") && !first.includes(",") ? ";" : ",";
  const { records, openQuotes } = parseCsv(text, delimiter);
  const [open] = openQuotes;
  if (open !== undefined)
    throw new Error(`Line ${open} opens a quote that is never closed. Close it, or leave it out.`);
  return {
    records: records.filter(({ cells }) => cells.some((cell) => cell.trim() !== "")),
    shown: delimiter === "," ? "a comma" : "a semicolon",
  };
}
