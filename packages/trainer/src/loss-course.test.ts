import fc from "fast-check";
import { expect, test } from "vitest";
import { lossCourse } from "./index.ts";

/** Losses around a line from `start` to `end`, with noise of a fixed seed. */
function course(steps: number, at: (share: number) => number, noise: number): number[] {
  let state = 12345;
  const random = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31 - 0.5;
  };
  return Array.from({ length: steps }, (_, step) => at(step / (steps - 1)) + noise * 2 * random());
}

test.each<[string, number[], string]>([
  ["a loss that falls", course(200, (share) => 0.7 - 0.5 * share, 0.1), "fell"],
  ["one that falls fast and stays", course(200, (share) => (share < 0.1 ? 0.7 : 0.2), 0.1), "fell"],
  ["chance all along", course(200, () => Math.LN2, 0.05), "flat"],
  [
    "one that fell, broke and ended at chance",
    course(200, (s) => (s < 0.2 ? 0.7 : s < 0.5 ? 0.3 : 0.69), 0.02),
    "flat",
  ],
  ["one that rose", course(200, (share) => 0.7 + 4 * share, 0.2), "diverged"],
  ["one that broke at once and came down half the way", [0.7, ...course(200, (s) => 5 - 3 * s, 0.2)], "diverged"],
  ["a language model's that rose", course(200, (share) => 3.2 + 6 * share, 0.4), "diverged"],
  ["one that ends in NaN", [...course(100, () => 0.7, 0.1), ...Array(30).fill(Number.NaN)], "diverged"],
  ["a single step far out", course(200, (s) => 0.7 - 0.4 * s, 0.1).map((x, i) => (i === 199 ? 1e6 : x)), "fell"],
  ["a good model whose small loss scatters", course(200, () => 0.05, 0.05), "flat"],
  ["too few steps", course(19, (share) => 0.7 + share, 0), "unknown"],
])("%s", (_, losses, verdict) => {
  expect(lossCourse(losses).verdict).toBe(verdict);
});

test("no losses, and the medians", () => {
  expect(lossCourse([])).toEqual({ verdict: "unknown", start: Number.NaN, end: Number.NaN, window: 0 });
  const losses = Array.from({ length: 100 }, (_, step) => 100 - step);
  expect(lossCourse(losses)).toEqual({ verdict: "fell", start: 90.5, end: 10.5, window: 20 });
});

test("the scale of the loss does not matter", () => {
  const losses = fc.array(fc.double({ min: 0.01, max: 10, noNaN: true }), { minLength: 1, maxLength: 80 });
  fc.assert(
    fc.property(losses, (values) => {
      expect(lossCourse(values.map((value) => 4 * value)).verdict).toBe(lossCourse(values).verdict);
    }),
  );
});
