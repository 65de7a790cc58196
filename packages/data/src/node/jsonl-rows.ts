import { brokenRow } from "../broken-row.ts";
import type { Row, RowRequest, Rows } from "./rows.ts";
import { readLines } from "./text-lines.ts";

const parseLine = (line: string): { readonly value?: unknown; readonly error?: SyntaxError } => {
  try {
    return { value: JSON.parse(line) };
  } catch (error) {
    return { error: error as SyntaxError };
  }
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Most column names that are kept for a message. */
const MOST_NAMES = 1000;

function problemOf(line: string, number: number, error: SyntaxError | undefined): string {
  if (number === 1 && /^\s*\[\s*(\{.*)?$/.test(line)) {
    return "a JSON list; JSON Lines has one object a line and no list around them";
  }
  const nan = error !== undefined && /[:[,]\s*(-?Infinity|NaN)\s*[,}\]]/.exec(line);
  if (nan) return `not JSON: JSON has no ${nan[1]}; write null, or leave the line out`;
  const problem = error ? `not JSON: ${error.message}` : "not a JSON object";
  return `${problem}; each line is one object, such as {"text": "…", "label": 0}`;
}

/**
 * Rows of a JSON Lines file: one object a line, empty lines left out. Its columns are the keys of all its objects; a key
 * that a line lacks reads as null.
 *
 * @param wanted the columns to keep
 */
export async function readJsonlRows(request: RowRequest, wanted: readonly string[]): Promise<Rows> {
  const { path, onBrokenRow, choose } = request;
  const available = new Set<string>();
  const rows: Row[] = [];
  await readLines(path, (line, number) => {
    if (line.trim() === "") return;
    const { value, error } = parseLine(line);
    if (!isObject(value)) {
      onBrokenRow(brokenRow({ path, unit: "line", number }, problemOf(line, number, error), error));
      return;
    }
    if (available.size < MOST_NAMES) for (const key of Object.keys(value)) available.add(key);
    for (const column of wanted) if (Object.hasOwn(value, column)) available.add(column);
    rows.push({ number, values: wanted.map((column) => (Object.hasOwn(value, column) ? value[column] : null)) });
  });
  return { unit: "line", columns: choose([...available]), rows };
}
