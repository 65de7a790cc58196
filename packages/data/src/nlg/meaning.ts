import { FormatError, showValue } from "@dylora/errors";
import { strip } from "../strip.ts";

/** One slot of an E2E meaning representation: `eatType[pub]`. */
export interface Slot {
  /** For instance `eatType`. */
  readonly name: string;
  /** For instance `pub`. */
  readonly value: string;
}

const SLOT = /([^,[\]]+)\[([^[\]]*)\](?:,\s*|$)/y;

/**
 * Reads an E2E meaning representation, `name[The Vaults], eatType[pub], near[Café Adriatic]`.
 *
 * @throws FormatError `bad_meaning`
 */
export function parseMeaning(meaning: string): Slot[] {
  const text = strip(meaning);
  const pattern = new RegExp(SLOT);
  const slots: Slot[] = [];
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null) {
      const found = showValue(text.slice(at, at + 40));
      throw new FormatError("bad_meaning", `a meaning representation is name[value], name[value], …; found ${found}`);
    }
    slots.push({ name: strip(match[1]!), value: match[2]! });
  }
  if (slots.length === 0) throw new FormatError("bad_meaning", "the meaning representation is empty");
  return slots;
}

// The names in microsoft/LoRA's E2E files.
const LORA_NAMES: ReadonlyMap<string, string> = new Map([
  ["eatType", "Type"],
  ["familyFriendly", "family friendly"],
  ["priceRange", "price"],
]);

/** Spaces around the parts of a price: `£20-25` becomes `£ 20 - 25`. */
const spacedPrice = (value: string): string => value.replace(/£(?=\d)/g, "£ ").replace(/(\d)-(?=\d)/g, "$1 - ");

/**
 * An E2E meaning representation as microsoft/LoRA's E2E files write it: `name : The Vaults | Type : pub`. Equal to those
 * files on all their contexts; their sentences are tokenised besides (`centre , near`), which this package does not
 * imitate.
 *
 * @throws FormatError `bad_meaning`
 *
 * @example
 * ```ts
 * import { linearizeMeaning } from "@dylora/data";
 *
 * console.log(linearizeMeaning("name[Aromi], eatType[pub], priceRange[£20-25]"));
 * // name : Aromi | Type : pub | price : £ 20 - 25
 * ```
 */
export const linearizeMeaning = (meaning: string): string =>
  parseMeaning(meaning)
    .map(({ name, value }) => `${LORA_NAMES.get(name) ?? name} : ${spacedPrice(value)}`)
    .join(" | ");
