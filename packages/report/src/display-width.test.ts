import fc from "fast-check";
import { expect, test } from "vitest";
import { displayWidth, pad, printable, truncate, wrap } from "./display-width.ts";

test("widths as terminals show them", () => {
  expect(displayWidth("rank")).toBe(4);
  expect(displayWidth("秩")).toBe(2);
  expect(displayWidth("한글")).toBe(4);
  expect(displayWidth("e\u0301")).toBe(1);
  expect(displayWidth("🚀")).toBe(2);
  expect(displayWidth("👩‍🔬")).toBe(2);
  expect(displayWidth("\u001B[1mbold\u001B[22m")).toBe(4);
  expect(displayWidth("← ⣿ ─")).toBe(5);
});

test("nothing from outside moves the cursor, changes the colour or turns the line round", () => {
  expect(printable("a\u001B[31mb\u001B]0;title\u0007c")).not.toContain("\u001B");
  expect(printable("one\ntwo\r\nthree\tfour")).toBe("one two three four");
  expect(printable("a\u202Eb\u2066c")).toBe("abc");
});

test("fills and cuts to a width", () => {
  expect(pad("秩", 4)).toBe("秩  ");
  expect(pad("秩", 4, "right")).toBe("  秩");
  expect(truncate("recommended", 6)).toBe("recom…");
  expect(truncate("recommended", 6, false)).toBe("recom~");
  expect(truncate("秩秩秩", 4)).toBe("秩…");
  expect(truncate("rank", 4)).toBe("rank");
});

test("lines of a wrapped text hold its words and keep to the width", () => {
  expect(wrap("LoRA trained at each rank", 12)).toEqual(["LoRA trained", "at each rank"]);
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 2, max: 40 }), (text, width) => {
      for (const line of wrap(text, width)) expect(displayWidth(line)).toBeLessThanOrEqual(width);
    }),
  );
});
