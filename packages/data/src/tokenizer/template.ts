import type { InnerTokenizer } from "./inner-tokenizer.ts";

/** Where special tokens stand around the texts: ids, and places for the first (`"A"`) and second text (`"B"`). */
export type Template = readonly (number | "A" | "B")[];

// No byte-level or word-piece vocabulary holds tokens of these private-use characters.
const FIRST = "\ue000A";
const SECOND = "\ue000B";

/**
 * Reads a template off the tokenizer's post-processor by running it on two stand-ins. So texts can be truncated before
 * the special tokens are placed, whatever the post-processor's type.
 */
export function templateOf(
  processor: InnerTokenizer["post_processor"],
  idOf: (token: string) => number | undefined,
  pair: boolean,
): Template {
  const plain: Template = pair ? ["A", "B"] : ["A"];
  if (processor === null) return plain;
  const { tokens } = processor.post_process([FIRST], pair ? [SECOND] : null, true);
  const slots = tokens.flatMap((token): Template => {
    if (token === FIRST) return ["A"];
    if (token === SECOND) return ["B"];
    const id = idOf(token);
    return id === undefined ? [] : [id];
  });
  // A ByteLevel post-processor leaves the second text aside; the Rust library appends it.
  return pair && !slots.includes("B") ? [...slots, "B"] : slots;
}

/** Special tokens in a template. */
export const specialCount = (template: Template): number => template.filter((slot) => typeof slot === "number").length;

/** The template with the texts' ids in place. */
export function fillTemplate(template: Template, first: readonly number[], second: readonly number[]): number[] {
  return template.flatMap((slot) => {
    if (slot === "A") return first;
    return slot === "B" ? second : [slot];
  });
}
