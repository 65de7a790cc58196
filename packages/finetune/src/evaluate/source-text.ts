import { linearizeMeaning, parseMeaning } from "@dylora/data";
import { DyloraError, FormatError } from "@dylora/errors";

/** What begins files that are no text, and what they are. */
const binaryStarts: readonly (readonly [start: string, what: string])[] = [
  ["PAR1", "a parquet file"],
  ["\x1f\x8b", "compressed by gzip"],
  ["PK\x03\x04", "a zip archive, or a spreadsheet"],
  ["\xff\xfe", "text in UTF-16"],
  ["\xfe\xff", "text in UTF-16"],
];

/**
 * Refuses bytes that are no UTF-8 text, whatever the name of the file.
 *
 * @param right what the file should be
 * @throws FormatError `wrong_file_kind`
 */
export function refuseBinary(bytes: Uint8Array, file: string, right: string): void {
  const start = Buffer.from(bytes.subarray(0, 4)).toString("latin1");
  const known = binaryStarts.find(([sign]) => start.startsWith(sign))?.[1];
  const what = known ?? (bytes.subarray(0, 65536).includes(0) ? "not text: it holds zero bytes" : undefined);
  if (what === undefined) return;
  throw new FormatError("wrong_file_kind", `${file} is ${what}; give ${right}`, { details: { path: file } });
}

/** What a text holds, as far as its content says. */
export type TextKind = "json-lines" | "json-document" | "markup" | "lines";

/** Markup of data sets and of mteval. */
const MARKUP = /^<(?:\?xml|!doctype|benchmark|refset|tstset|srcset|mteval|html)\b/i;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isStructure = (value: unknown): boolean => typeof value === "object" && value !== null;

/** Tells what a text holds. A text of one line that is a JSON object is JSON Lines. */
export function kindOfText(text: string, file: string): TextKind {
  if (/\.(?:jsonl|ndjson)$/i.test(file)) return "json-lines";
  const start = text.replace(/^\uFEFF/, "").trimStart();
  if (MARKUP.test(start)) return "markup";
  if (!/^[[{]/.test(start)) return "lines";
  const [first = ""] = start.split(/\r?\n/, 1);
  const line = parsed(first);
  if (isStructure(line) && !Array.isArray(line)) return "json-lines";
  if (isStructure(line) || isStructure(parsed(start))) return "json-document";
  // JSON that is broken further down, and not a text that begins with a bracket.
  return /^(?:\{|\[)\s*(?:"|\{|$)/.test(first) ? "json-document" : "lines";
}

/** A meaning, or another source, whatever form of prompt it stands in: for comparison. */
export function plainSource(source: string): string {
  const data = source
    .trim()
    .replace(/(?:\s*=>|<\|endoftext\|>)$/, "")
    .trim();
  try {
    parseMeaning(data);
    return linearizeMeaning(data);
  } catch (error) {
    if (DyloraError.isInstance(error)) return data;
    throw error;
  }
}
