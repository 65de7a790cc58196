import { withoutSequences } from "./escape-sequences.ts";

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
const zeroWidth = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;
// Emoji, and the East Asian Wide and Fullwidth blocks of Unicode's EastAsianWidth table.
const doubleWidth =
  /^(?:\p{Emoji_Presentation}|.\u{FE0F}|[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97C\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6]|[\u{17000}-\u{18CFF}\u{1B000}-\u{1B2FF}\u{20000}-\u{3FFFD}])/u;

function graphemeWidth(grapheme: string): number {
  if (zeroWidth.test(grapheme)) return 0;
  return doubleWidth.test(grapheme) ? 2 : 1;
}

/** Terminal columns a text takes: wide characters two, combining ones none, colour codes none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of segmenter.segment(withoutSequences(text))) width += graphemeWidth(segment);
  return width;
}

/**
 * A text that comes from outside, safe to print in one line of a terminal: no escape sequences, no control characters,
 * no characters that reverse the direction of what follows.
 */
export function printable(text: string): string {
  return withoutSequences(text)
    .replace(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .replace(/[\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, "");
}

/** A text filled up with spaces to a width; a longer one stays as it is. */
export function pad(text: string, width: number, align: "left" | "right" = "left"): string {
  const space = " ".repeat(Math.max(0, width - displayWidth(text)));
  return align === "left" ? text + space : space + text;
}

/** A text cut to a width, the cut shown by `…` (or `~` in ASCII). */
export function truncate(text: string, width: number, unicode = true): string {
  if (displayWidth(text) <= width) return text;
  let kept = "";
  let used = 1;
  for (const { segment } of segmenter.segment(text)) {
    used += graphemeWidth(segment);
    if (used > width) break;
    kept += segment;
  }
  return `${kept}${unicode ? "…" : "~"}`;
}

/** A text broken at spaces into lines of at most a width; a word that is longer than that is cut. */
export function wrap(text: string, width: number, unicode = true): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/u).filter(Boolean)) {
    const last = lines.at(-1);
    if (last !== undefined && displayWidth(`${last} ${word}`) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(truncate(word, width, unicode));
  }
  return lines;
}
