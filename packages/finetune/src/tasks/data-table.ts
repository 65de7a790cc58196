import { parseCsv } from "@dylora/data/node";
import { FormatError } from "@dylora/errors";

/** A row of a table of e2e-metrics. */
export interface TableRow {
  /** The meaning, or another source; `""` where the table has no such column. */
  readonly source: string;
  /** The text; undefined where the table has no such column. */
  readonly text: string | undefined;
  /** Line it begins on, from 1. */
  readonly line: number;
}

// The headers that e2e-metrics' measure_scores.py knows, here taken whole.
const SOURCE = /^(?:mr|src|source|meaning(?:[_ .-]rep(?:resentation)?)?|da|dial(?:ogue)?[_ .-]act)s?$/i;
const TEXT = {
  predictions: /^(?:out(?:put)?|ref(?:erence)?|sys(?:tem)?(?:[_ .-](?:out(?:put)?|ref(?:erence)?))?)s?$/i,
  references: /^(?:trg|tgt|target|ref(?:erence)?|human(?:[_ .-](?:ref(?:erence)?))?)s?$/i,
};

/** What measure_scores.py rewrites in tables: signs that a wrong encoding has made others of. */
const mended = (text: string): string =>
  text.replaceAll("Ł", "£").replaceAll("Â£", "£").replaceAll("Ã©", "é").replaceAll("ã©", "é");

/** Which of the columns a table must have. */
export interface TableColumns {
  /** Whose headers the texts have. */
  readonly role: keyof typeof TEXT;
  /** Refuse a table without a column of sources. */
  readonly needsSource: boolean;
  /** Refuse a table without a column of texts. */
  readonly needsText: boolean;
}

/** Whether a line is the header of such a table. */
export function isTableHeader(line: string): boolean {
  const cells = line.split(line.includes("\t") ? "\t" : ",").map((cell) => cell.trim());
  return cells.length > 1 && cells.some((cell) => SOURCE.test(cell)) && cells.every((cell) => cell !== "");
}

function columnOf(file: string, header: readonly string[], pattern: RegExp, what: string): number {
  const found = header.flatMap((name, index) => (pattern.test(name.trim()) ? [index] : []));
  if (found.length < 2) return found[0] ?? -1;
  const names = found.map((index) => JSON.stringify(header[index])).join(" and ");
  throw new FormatError("ambiguous_columns", `${file}: the columns ${names} may both hold ${what}; leave one out`, {
    details: { file, columns: found },
  });
}

/**
 * Reads a table as e2e-metrics' measure_scores.py does: the header says which column holds meanings and which texts.
 *
 * @param file its name, for messages
 * @throws FormatError `missing_column`, `ambiguous_columns`, `broken_row`, `no_input`
 */
export function parseDataTable(text: string, file: string, { role, needsSource, needsText }: TableColumns): TableRow[] {
  const [first = ""] = text.split(/\r?\n/, 1);
  const delimiter = first.includes("\t") ? "\t" : ",";
  const { records, openQuotes } = parseCsv(mended(text), delimiter);
  const [open] = openQuotes;
  if (open !== undefined) {
    throw new FormatError("broken_row", `${file}, line ${open}: a quote is opened and never closed`, {
      details: { path: file, line: open },
    });
  }
  const [head, ...rows] = records;
  if (head === undefined || rows.length === 0)
    throw new FormatError("no_input", `${file} holds no rows below a header`);
  const header = head.cells;
  const source = columnOf(file, header, SOURCE, "meanings");
  const column = columnOf(file, header, TEXT[role], role);
  const names = header.map((name) => JSON.stringify(name)).join(", ");
  const missing =
    source < 0 && needsSource ? "mr" : column < 0 && needsText ? (role === "references" ? "ref" : "output") : undefined;
  if (missing !== undefined) {
    throw new FormatError(
      "missing_column",
      `${file} has no column ${missing}; its header is ${names}. Tables have the columns of e2e-metrics: mr with ref (references) or output (predictions)`,
      { details: { file, columns: header } },
    );
  }
  return rows.map(({ cells, line }) => {
    if (cells.length !== header.length) {
      throw new FormatError(
        "broken_row",
        `${file}, line ${line}: ${cells.length} cells where the header has ${header.length} (${names})`,
        { details: { path: file, line } },
      );
    }
    const cell = (index: number): string => (cells[index] as string).trim();
    return { source: source < 0 ? "" : cell(source), text: column < 0 ? undefined : cell(column), line };
  });
}

/** Rows that follow each other with the same source, as one group each. */
export function groupRows(rows: readonly TableRow[]): { context: string; references: string[]; line: number }[] {
  const groups: { context: string; references: string[]; line: number }[] = [];
  for (const { source, text, line } of rows) {
    const last = groups.at(-1);
    const references = text === undefined ? [] : [text];
    if (last?.context === source) last.references.push(...references);
    else groups.push({ context: source, references, line });
  }
  return groups;
}
