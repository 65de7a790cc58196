// Control characters but the line feed, separators of lines, and marks that turn the direction of what follows.
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

const SHORT: Readonly<Record<string, string>> = { "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f" };

/**
 * A text whose control characters are written as escapes (`\u001b`), so that nothing in it can move a terminal's cursor,
 * set its title or hide what follows: C0 but the line feed, DEL, C1, line separators and marks of direction.
 *
 * Messages of {@link DyloraError} have gone through it.
 *
 * @example
 * ```ts
 * import { escapeControls } from "@dylora/errors";
 *
 * console.log(escapeControls("name \u001b]0;title\u0007")); // name \u001b]0;title\u0007, as text
 * ```
 */
export function escapeControls(text: string): string {
  return text.replace(
    UNSAFE,
    (character) => SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
