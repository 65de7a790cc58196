import { escapeControls } from "@dylora/errors";

/** Bold, dim and the colours, on and off: what our own tables and charts use. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences begin with one.
const STYLE = /(\u001b\[(?:1|2|22|3[0-79]|9[0-7])m)/;

/**
 * A text as it may go to a terminal or log: control characters, which may come from a file, a file's name or a model, are
 * written as escapes. Line feeds stay, and colours where they are shown.
 */
export function safeText(text: string, color = false): string {
  if (!color) return escapeControls(text);
  // Every second part is a style.
  return text
    .split(STYLE)
    .map((part, index) => (index % 2 === 1 ? part : escapeControls(part)))
    .join("");
}
