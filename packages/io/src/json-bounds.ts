/** Deepest nesting of lists and objects: what Python's `json` reads, and no function that calls itself overflows on. */
const MOST_DEPTH = 500;

/** Most values of a JSON text: a tokenizer of a million tokens has three. One takes up to 56 bytes, whatever it takes in the file. */
const MOST_VALUES = 5_000_000;

/**
 * What is beyond all measure in a JSON text, before anything parses it: a few bytes may stand for an object, so that a file
 * of `{},{},…` takes twenty times its size and minutes.
 *
 * @param mostMembers most members of the outermost list or object
 * @returns The end of a sentence that begins with the file's name; `undefined` for a text that may be parsed, valid or not.
 */
export function jsonExcess(source: string | Uint8Array, mostMembers: number = MOST_VALUES): string | undefined {
  const text = typeof source === "string";
  let depth = 0;
  let values = 0;
  let members = 1;
  let inString = false;
  for (let i = 0; i < source.length; i++) {
    const code = text ? source.charCodeAt(i) : source[i];
    if (inString) {
      if (code === 0x5c) i++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x5b || code === 0x7b) {
      values++;
      if (++depth > MOST_DEPTH) return `nests lists or objects more than ${MOST_DEPTH} deep`;
    } else if (code === 0x5d || code === 0x7d) depth--;
    else if (code === 0x2c) {
      values++;
      if (depth === 1) members++;
    }
  }
  if (members > mostMembers) return `has more than ${mostMembers} members`;
  return values > MOST_VALUES ? `holds more than ${MOST_VALUES} values` : undefined;
}
