import fc from "fast-check";
import { expect, test } from "vitest";
import { parseJsonObject } from "./index.ts";
import { jsonExcess } from "./json-bounds.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

test("what people write is within bounds, whatever stands in strings", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(jsonExcess(text)).toBeUndefined();
      expect(jsonExcess(bytes(text))).toBeUndefined();
    }),
  );
  expect(jsonExcess(JSON.stringify({ a: "[".repeat(10_000), b: '\\"['.repeat(10_000) }))).toBeUndefined();
});

test("nesting and numbers of values without measure are refused before the text is parsed", () => {
  const nested = (depth: number) => `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`;
  expect(parseJsonObject(bytes(nested(499)), "a.json")).toHaveProperty("a");
  for (const depth of [500, 1_000_000]) {
    expect(() => parseJsonObject(bytes(nested(depth)), "a.json")).toThrow(
      "a.json nests lists or objects more than 500 deep",
    );
  }
  expect(jsonExcess("[".repeat(1_000_000))).toContain("deep");
  const started = performance.now();
  const brackets = new Uint8Array(60_000_000);
  brackets.set(bytes("[],"));
  for (let size = 3; size < brackets.length; size *= 2) brackets.copyWithin(size, 0, size);
  expect(jsonExcess(brackets)).toBe("holds more than 5000000 values");
  expect(performance.now() - started).toBeLessThan(5_000);
});
