import type { TaskName, TrainRow } from "../api.ts";
import { splitTable, type Table } from "./split-table.ts";
import { counted } from "./texts.ts";

/** Fewest rows that can be trained on: some are held back. */
const LEAST = 5;

/** What the two cells of a row are, for a task. */
interface Columns {
  /** What stands left, and what stands right. */
  readonly what: readonly [string, string];
  /** Names of a header for both. */
  readonly names: readonly [RegExp, RegExp];
}

const columns: Readonly<Record<TaskName, Columns>> = {
  rating: {
    what: ["a sentence", "its class"],
    names: [
      /^(text|sentence|message|review|comment|body|content|input|question|title|description|subject)$/i,
      /^(label|class|category|target|intent|topic|sentiment|rating|tag|output)s?$/i,
    ],
  },
  writing: {
    what: ["the data", "its sentence"],
    names: [
      /^(mr|meaning|data|prompt|input|source|instruction|question)$/i,
      /^(ref|reference|sentence|completion|output|target|text|response|answer)$/i,
    ],
  },
};

/** Rows that were read. */
export interface ReadRows {
  /** What to train on. */
  readonly rows: readonly TrainRow[];
  /** What was found and what was taken for granted, for people. */
  readonly summary: string;
}

/** Which columns hold both cells, and how many records at the top are a header. */
function placesIn(table: Table, { what, names }: Columns): { places: readonly [number, number]; header: number } {
  const [first] = table.records;
  const cells = first?.cells.map((cell) => cell.trim()) ?? [];
  const places = names.map((pattern) => cells.findIndex((cell) => pattern.test(cell))) as [number, number];
  // An input and a text may be told by the same name: the second is then the next that fits.
  if (places[0] === places[1]) places[1] = cells.findIndex((cell, at) => at !== places[0] && names[1].test(cell));
  if (places[0] >= 0 && places[1] >= 0) return { places, header: 1 };
  if (cells.length <= 2) return { places: [0, 1], header: 0 };
  throw new Error(
    `The first line has ${cells.length} cells, and the page cannot tell which of them hold ${what[0]} and ${what[1]}. ` +
      `Either give two columns, or name two of them "${names === columns.rating.names ? "text" : "data"}" and ` +
      `"${names === columns.rating.names ? "label" : "sentence"}" in the first line. A comma inside a cell needs quotes around the cell.`,
  );
}

/** Two columns without names that are known: the first line is a header where its class is no other line's, and the others' repeat. */
function looksLikeHeader(pairs: readonly TrainRow[]): boolean {
  const [first, ...rest] = pairs;
  if (first === undefined || rest.length < LEAST) return false;
  const classes = new Set(rest.map(([, label]) => label));
  return !classes.has(first[1]) && classes.size <= rest.length / 2;
}

/** How many rows there are of each class, the most frequent first. */
function countClasses(rows: readonly TrainRow[]): string {
  const counts = new Map<string, number>();
  for (const [, label] of rows) counts.set(label, (counts.get(label) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  const shown = sorted.slice(0, 8).map(([label, rowCount]) => `${label} (${rowCount})`);
  const more = sorted.length > shown.length ? `, and ${sorted.length - shown.length} more` : "";
  return `${counted(sorted.length, "class", "classes")}: ${shown.join(", ")}${more}`;
}

/**
 * Reads rows to train on out of a text: lines `left => right`, lines with a tab, or CSV, with a header or without.
 *
 * @throws Error saying what is wrong, in which line, and what would be right
 */
export function readRows(text: string, task: TaskName): ReadRows {
  const form = columns[task];
  const [left, right] = form.what;
  const table = splitTable(text);
  const { places, header } = placesIn(table, form);
  const notes: string[] = [];
  if (header > 0) notes.push("The first line names the columns.");
  let rows = table.records.slice(header).map(({ line, cells }): TrainRow => {
    const pair = places.map((place) => cells[place]?.trim() ?? "") as [string, string];
    const isWhole = pair[0] !== "" && pair[1] !== "" && (cells.length <= 2 || header > 0);
    if (isWhole) return pair;
    const found =
      cells.length === 1
        ? "holds one cell only"
        : cells.length > 2
          ? `holds ${cells.length} cells`
          : "has an empty cell";
    const shape = header > 0 ? `${left} and ${right}` : `${left}, then ${table.shown}, then ${right}`;
    const quotes = table.shown === "a comma" ? " A comma inside a cell needs quotes around the cell." : "";
    throw new Error(`Line ${line} ${found}; each line must be ${shape}.${quotes}`);
  });
  if (task === "rating" && header === 0 && looksLikeHeader(rows)) {
    notes.push(`The first line is taken for a header, because no other line is of class "${rows[0]?.[1]}".`);
    rows = rows.slice(1);
  }
  if (rows.length < LEAST) {
    const found = rows.length === 0 ? "no lines" : counted(rows.length, "line");
    throw new Error(
      `There ${rows.length === 1 ? "is" : "are"} ${found} to train on; at least ${LEAST} are needed. ` +
        `Each is ${left}, then " => " or a comma, then ${right}.`,
    );
  }
  if (task === "writing") return { rows, summary: [`${counted(rows.length, "line")}.`, ...notes].join(" ") };
  if (rows.every(([, label]) => label === rows[0]?.[1])) {
    throw new Error(`Every line is of class "${rows[0]?.[1]}"; there must be at least two classes to tell apart.`);
  }
  return { rows, summary: [`${counted(rows.length, "line")}, ${countClasses(rows)}.`, ...notes].join(" ") };
}
