import fc from "fast-check";
import { expect, test } from "vitest";
import { showValue } from "./index.ts";

test("small values are shown as JSON shows them", () => {
  const small = fc.jsonValue({ maxDepth: 2 }).filter((value) => JSON.stringify(value).length < 40);
  fc.assert(
    fc.property(small, (value) => {
      expect(showValue(value)).toBe(JSON.stringify(value));
    }),
  );
});

test("what JSON does not have is shown too", () => {
  expect([undefined, Number.NaN, 3n, Symbol("s"), () => 1].map(showValue)).toEqual([
    "undefined",
    "NaN",
    "3n",
    "symbol",
    "function",
  ]);
});

test("hostile values are cut and run no code", () => {
  const hostile = JSON.parse('{"toString":1,"valueOf":1,"toJSON":1}');
  expect(showValue(hostile)).toBe('{"toString":1,"valueOf":1,"toJSON":1}');
  expect(showValue(JSON.parse("[".repeat(5000) + "]".repeat(5000)))).toBe("[[[[…]]]]");
  expect(showValue(Array.from({ length: 1e6 }, () => 0))).toBe("[0,0,0,0,0,0,0,0,…]");
  const wide = Array.from({ length: 8 }, () => "x".repeat(1e5));
  expect(showValue(wide)).toHaveLength(321);
  expect(showValue("\u001b]0;title\u0007\n")).toBe('"\\u001b]0;title\\u0007\\n"');
});
