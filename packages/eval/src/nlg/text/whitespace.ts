/**
 * What Python's `str.split()`, `str.strip()` and `\s` take for whitespace, for use inside `[…]`. JavaScript's `\s`, and
 * with it `trim()`, differs: it has U+FEFF and lacks U+001C–U+001F and U+0085.
 */
export const space = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const words = new RegExp(`[^${space}]+`, "g");
const trailing = new RegExp(`[${space}]+$`);
const ends = new RegExp(`^[${space}]+|[${space}]+$`, "g");
const runs = new RegExp(`[${space}]+`, "g");

/** Words between runs of whitespace, as Python's `str.split()`; empty for a blank text. */
export function splitWhitespace(text: string): string[] {
  return text.match(words) ?? [];
}

/** Text without trailing whitespace, as Python's `str.rstrip()`. */
export function stripEnd(text: string): string {
  return text.replace(trailing, "");
}

/** Text without whitespace at either end, as Python's `str.strip()`. */
export function strip(text: string): string {
  return text.replace(ends, "");
}

/** Text without any whitespace. */
export function removeWhitespace(text: string): string {
  return text.replace(runs, "");
}

const asciiWords = /[^\t-\r ]+/g;

/** Words between runs of ASCII whitespace, as Perl splits bytes. */
export function splitAsciiWhitespace(text: string): string[] {
  return text.match(asciiWords) ?? [];
}

/** ASCII lower case, other letters untouched: Perl's `tr/A-Z/a-z/`. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (upper) => upper.toLowerCase());
}
