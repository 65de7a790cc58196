import { FormatError } from "@dylora/errors";
import { strip } from "../text/whitespace.ts";
import { decodeUtf8 } from "./utf8.ts";

/** Characters that Python's `codecs` takes for the end of a line. */
const lineEnds = "\\n\\r\\v\\f\\x1c-\\x1e\\x85\\u2028\\u2029";
const lineEnd = new RegExp(`\\r\\n|[${lineEnds}]`, "g");

/**
 * Reads predictions as e2e-metrics does: one a line, stripped; an empty line is an empty prediction.
 *
 * Lines also end at U+0085, U+2028, U+2029, vertical tab and form feed, as in the Python script.
 *
 * @param source Text or UTF-8 bytes.
 * @param file Name for messages.
 * @throws FormatError `invalid_utf8`, `too_many_lines` or `empty_file`.
 */
export function parsePredictions(source: string | Uint8Array, file = "predictions"): string[] {
  const lines = readLines(source, file);
  if (lines.length === 0) throw new FormatError("empty_file", `${file}: no prediction; one a line is expected`);
  return lines;
}

/**
 * Reads references as e2e-metrics does: one a line, a blank line between instances; a file without blank lines holds one
 * reference for each instance.
 *
 * Lines end where {@link parsePredictions} ends them. Blank lines at the end of the file are ignored, also several.
 *
 * @param source Text or UTF-8 bytes.
 * @param file Name for messages.
 * @throws FormatError `invalid_utf8`, `empty_file`, or `empty_instance` where a blank line follows another or starts the
 * file: the Python script reads an instance without references there.
 * @example
 * ```ts
 * import { parseReferences } from "@dylora/eval/nlg";
 *
 * console.log(parseReferences("Aromi is cheap.\nThe cheap Aromi.\n\nWildwood is a pub.\n").length); // 2
 * ```
 */
export function parseReferences(source: string | Uint8Array, file = "references"): string[][] {
  const lines = readLines(source, file);
  while (lines.at(-1) === "") lines.pop();
  if (lines.length === 0) throw new FormatError("empty_file", `${file}: no reference; at least one is expected`);
  if (!lines.includes("")) return lines.map((line) => [line]);
  const groups: string[][] = [[]];
  lines.forEach((line, i) => {
    const group = groups.at(-1)!;
    if (line !== "") group.push(line);
    else if (group.length > 0) groups.push([]);
    else {
      throw new FormatError(
        "empty_instance",
        `${file}, line ${i + 1}: a second blank line makes instance ${groups.length} one without references; put exactly one blank line between instances`,
        { details: { file, line: i + 1, instance: groups.length - 1 } },
      );
    }
  });
  return groups;
}

/** More lines than a list of texts can hold without ending the process. The largest test sets have some ten thousand. */
const MOST_LINES = 10_000_000;

/** Stripped lines; what follows the last line end is a line only if it is not empty. */
function readLines(source: string | Uint8Array, file: string): string[] {
  const text = (typeof source === "string" ? source : decodeUtf8(source, file)).replace(/^\ufeff/, "");
  const lines: string[] = [];
  let start = 0;
  for (const { 0: end, index } of text.matchAll(lineEnd)) {
    lines.push(strip(text.slice(start, index)));
    start = index + end.length;
    if (lines.length < MOST_LINES) continue;
    throw new FormatError("too_many_lines", `${file} has more than ${MOST_LINES} lines`, { details: { file } });
  }
  if (start < text.length) lines.push(strip(text.slice(start)));
  return lines;
}
