import { expect, test } from "vitest";
import { expectAllClose, expectSameBits } from "./closeness.ts";

test("near numbers pass, relative to the largest", () => {
  expectAllClose([1000.001, 0.001], [1000, 0], { tolerance: 1e-5 });
  expectAllClose([], [], { tolerance: 0 });
});

test("a failure names how many are off, the worst place, and both numbers", () => {
  const compare = () =>
    expectAllClose([1, 2, 3.5, 4, 5, 6.25], [1, 2, 3, 4, 5, 6], { tolerance: 1e-3, what: "logits", shape: [2, 3] });
  expect(compare).toThrow(
    "logits: 2 of 6 numbers are off by more than 0.00600; worst at [0, 2]: got 3.5, expected 3 (off by 0.500)",
  );
});

test("NaN and infinities must be where they are expected", () => {
  const nan = Number.NaN;
  const infinite = Number.POSITIVE_INFINITY;
  expectAllClose([nan, infinite, 1], [nan, infinite, 1], { tolerance: 1e-3 });
  expect(() => expectAllClose([nan], [1], { tolerance: 1 })).toThrow("got NaN, expected 1");
  expect(() => expectAllClose([1], [nan], { tolerance: 1 })).toThrow("got 1, expected NaN");
  expect(() => expectAllClose([infinite], [1], { tolerance: 1 })).toThrow("got Infinity, expected 1");
  expect(() => expectAllClose([infinite], [-infinite], { tolerance: 1 })).toThrow("expected -Infinity");
});

test("another length is never close", () => {
  expect(() => expectAllClose([1], [1, 2], { tolerance: 1 })).toThrow("result: 1 numbers, expected 2");
  expect(() => expectSameBits([1], [1, 2])).toThrow("result: 1 numbers, expected 2");
});

test("the same bits mean every bit", () => {
  expectSameBits([Number.NaN, 0, 1], [Number.NaN, 0, 1]);
  expect(() => expectSameBits([0], [-0], "loss")).toThrow("loss at 0: got 0, before 0");
});
