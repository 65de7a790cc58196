const space = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const start = new RegExp(`^[${space}]+`);
const end = new RegExp(`[${space}]+$`);

/**
 * A text without white space at either end, as Python's `str.strip()`, which the papers' scripts use. JavaScript's `trim`
 * also takes away U+FEFF, a character of the text for Python, and leaves U+001C to U+001F and U+0085.
 *
 * @example
 * ```ts
 * import { strip } from "@dylora/data";
 *
 * console.log(strip(" The Vaults\n") === "The Vaults"); // true
 * ```
 */
export function strip(text: string): string {
  return text.replace(start, "").replace(end, "");
}
