import { brokenRow } from "../broken-row.ts";
import { readUtf8 } from "./read-utf8.ts";
import type { Row, RowRequest, Rows } from "./rows.ts";

/** One line of a JSON Lines file. */
export interface JsonLine {
  /** From 1. */
  readonly number: number;
  /** The object on that line. */
  readonly object: Readonly<Record<string, unknown>>;
}

const parseLine = (line: string): { readonly value?: unknown; readonly error?: SyntaxError } => {
  try {
    return { value: JSON.parse(line) };
  } catch (error) {
    return { error: error as SyntaxError };
  }
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The objects of a JSON Lines file: one a line, empty lines left out. */
export async function readJsonLines({ path, onBrokenRow }: Omit<RowRequest, "choose">): Promise<JsonLine[]> {
  const text = await readUtf8(path);
  return text.split("\n").flatMap((line, i) => {
    if (line.trim() === "") return [];
    const { value, error } = parseLine(line);
    if (isObject(value)) return [{ number: i + 1, object: value }];
    const problem = error ? `not JSON: ${error.message}` : "not a JSON object";
    const place = { path, unit: "line", number: i + 1 } as const;
    onBrokenRow(brokenRow(place, `${problem}; each line is one object, such as {"text": "…", "label": 0}`, error));
    return [];
  });
}

/** Rows of a JSON Lines file. Its columns are the keys of all its objects; a key that a line lacks reads as null. */
export async function readJsonlRows(request: RowRequest): Promise<Rows> {
  const lines = await readJsonLines(request);
  const available = [...new Set(lines.flatMap(({ object }) => Object.keys(object)))];
  const columns = request.choose(available);
  const rows = lines.map(
    ({ number, object }): Row => ({
      number,
      values: columns.map((column) => (Object.hasOwn(object, column) ? object[column] : null)),
    }),
  );
  return { unit: "line", columns, rows };
}
