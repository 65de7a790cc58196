import { escapeControls } from "./escape-controls.ts";

const MOST_CHARACTERS = 80;
const MOST_DEPTH = 3;
const MOST_ENTRIES = 8;

function quoted(text: string): string {
  const cut = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
  // A surrogate that lost its other half in the cut is written as an escape, so the result is valid text.
  return escapeControls(JSON.stringify(cut));
}

function show(value: unknown, depth: number): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "symbol" || typeof value === "function") return typeof value;
  if (typeof value !== "object" || value === null) return String(value);
  const keys = Array.isArray(value) ? undefined : Object.keys(value);
  const count = keys?.length ?? (value as readonly unknown[]).length;
  const [open, close] = keys === undefined ? "[]" : "{}";
  if (count === 0) return `${open}${close}`;
  if (depth === 0) return `${open}…${close}`;
  const shown: string[] = [];
  for (let i = 0; i < Math.min(count, MOST_ENTRIES); i++) {
    const key = keys?.[i];
    const member = show((value as Readonly<Record<string | number, unknown>>)[key ?? i], depth - 1);
    shown.push(key === undefined ? member : `${quoted(key)}:${member}`);
  }
  return `${open}${shown.join(",")}${count > MOST_ENTRIES ? ",…" : ""}${close}`;
}

/**
 * A short text of any value, for messages: as JSON writes it, with long strings, long lists and deep nesting cut by "…".
 *
 * It never throws and never runs code of the value, which `String(value)` and `JSON.stringify(value)` do: a file may hold
 * `{"toString": 1}`, or a hundred thousand nested lists.
 *
 * @returns one line of at most 321 characters
 *
 * @example
 * ```ts
 * import { showValue } from "@dylora/errors";
 *
 * console.log(showValue({ rank: 8, targets: ["query", "value"] })); // {"rank":8,"targets":["query","value"]}
 * ```
 */
export function showValue(value: unknown): string {
  const text = show(value, MOST_DEPTH);
  return text.length > MOST_CHARACTERS * 4 ? `${text.slice(0, MOST_CHARACTERS * 4)}…` : text;
}
