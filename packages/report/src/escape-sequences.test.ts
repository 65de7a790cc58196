import { stripVTControlCharacters, styleText } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { styled, type TextStyle, withoutSequences } from "./escape-sequences.ts";

const styles: TextStyle[] = ["bold", "dim", "red", "green", "yellow", "blue", "magenta", "cyan"];

test("styles are those of Node", () => {
  const ascii = fc.string({ unit: "grapheme-ascii" });
  fc.assert(
    fc.property(fc.uniqueArray(fc.constantFrom(...styles), { minLength: 1 }), ascii, (some, text) => {
      expect(styled(some, text)).toBe(styleText(some, text, { validateStream: false }));
    }),
  );
});

test("what is taken out is what Node takes out: colours, cursor, titles, links", () => {
  const parts = [
    "a",
    "7;",
    "\u001b[1;31m",
    "\u001b[2K",
    "\u001b[10;4H",
    "\u009b4A",
    "\u001b]0;title\u0007",
    "秩",
    "\n",
  ];
  const link = "\u001b]8;;https://a.b/c?d=e\u0007";
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...parts, link)), (some) => {
      const text = some.join("");
      expect(withoutSequences(text)).toBe(stripVTControlCharacters(text));
    }),
  );
});

test("strings for a terminal go as a whole, whichever way they end", () => {
  for (const [begin, end] of [
    ["\u001b]", "\u001b\\"],
    ["\u001bP", "\u001b\\"],
    ["\u009d", "\u009c"],
    ["\u001b_", "\u009c"],
  ]) {
    expect(withoutSequences(`a${begin}52;c;payload${end}b`)).toBe("ab");
  }
  expect(withoutSequences("a\u001bcb\u001b(Bc")).toBe("abc");
});
