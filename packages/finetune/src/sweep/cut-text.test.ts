import fc from "fast-check";
import { expect, test } from "vitest";
import { cutText } from "./cut-text.ts";

test("a text that fits stays, a longer one ends in a mark, and no character is torn", () => {
  expect(cutText("abc", 3)).toBe("abc");
  expect(cutText("ab cd", 3)).toBe("ab …");
  expect(cutText("😀😀😀", 2)).toBe("😀😀 …");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 20 }), (text, longest) => {
      const cut = cutText(text, longest);
      expect([...cut].length).toBeLessThanOrEqual(longest + 2);
      expect(cut === text || text.startsWith(cut.slice(0, -2))).toBe(true);
    }),
  );
});
