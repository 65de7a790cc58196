import { FormatError } from "@dylora/errors";
import { jsonExcess } from "./json-bounds.ts";
import { refuseLfsPointer } from "./lfs-pointer.ts";

/** A value that JSON holds without loss: no `undefined`, no NaN, no infinity. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A JSON object whose members are not yet checked. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Parses the bytes of a JSON file that must hold an object; a byte-order mark is skipped. Nesting beyond 500 and more than
 * five million values are refused.
 *
 * @param file what messages call it
 * @throws `FormatError` `bad_json`, or `lfs_pointer` for what stands in its place in a clone without Git LFS.
 */
export function parseJsonObject(bytes: Uint8Array, file: string): JsonObject {
  refuseLfsPointer(bytes, file);
  const excess = jsonExcess(bytes);
  if (excess !== undefined) throw new FormatError("bad_json", `${file} ${excess}`, { details: { file } });
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError("bad_json", `${file} is not JSON: ${reason}`, { cause, details: { file } });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new FormatError("bad_json", `${file} does not hold a JSON object`, { details: { file } });
}

/**
 * Bytes of a JSON object with its members sorted, indented by two, a newline at the end. Objects inside keep their
 * order: in PEFT's patterns the first match counts.
 */
export function encodeSortedJson(value: JsonObject): Uint8Array {
  const sorted = Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return new TextEncoder().encode(`${JSON.stringify(sorted, null, 2)}\n`);
}
