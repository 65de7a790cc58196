import { expect, test } from "vitest";
import { bleu } from "./bleu/bleu.ts";
import { chrf } from "./chrf.ts";
import { approximateRandomization, compareScores, scoreInterval } from "./significance.ts";
import { ter } from "./ter/ter.ts";

const size = 60;
const references = Array.from({ length: size }, (_, i) => [
  `the pub number ${i} serves cheap food by the river ${i % 7}`,
]);
const good = references.map(([text], i) => (i % 3 === 0 ? text!.replace("cheap", "dear") : text!));
const bad = references.map(([text], i) => (i % 3 === 0 ? text! : text!.split(" ").toReversed().join(" ")));

test("an interval holds the score, and narrows with confidence", () => {
  const result = bleu().compute(good, references);
  const wide = scoreInterval(result, { resamples: 300, seed: 5 });
  const narrow = scoreInterval(result, { resamples: 300, seed: 5, confidence: 0.5 });
  expect(wide.estimate).toBe(result.score);
  expect(wide.low).toBeLessThan(result.score);
  expect(wide.high).toBeGreaterThan(result.score);
  expect(narrow.high - narrow.low).toBeLessThan(wide.high - wide.low);
});

test.each([bleu(), chrf(), ter()])("systems far apart differ beyond chance: %#", (metric) => {
  const [a, b] = [metric.compute(good, references), metric.compute(bad, references)];
  const paired = compareScores(a, b, { resamples: 500, seed: 1 });
  expect(paired.difference).toBe(a.score - b.score);
  expect(paired.pValue).toBeLessThan(0.01);
  const randomized = approximateRandomization(a, b, { trials: 999, seed: 1 });
  expect(randomized).toEqual({ difference: a.score - b.score, pValue: 0.001, trials: 999 });
});

test("a system does not differ from itself", () => {
  const result = bleu().compute(good, references);
  expect(approximateRandomization(result, result, { trials: 200 }).pValue).toBe(1);
  expect(compareScores(result, result, { resamples: 200 }).pValue).toBe(1);
});

test("swapping two systems turns the sign and keeps the p-value", () => {
  const near = good.map((text, i) => (i === 4 ? `${text} x` : text));
  const [a, b] = [bleu().compute(good, references), bleu().compute(near, references)];
  const one = approximateRandomization(a, b, { trials: 500, seed: 2 });
  const other = approximateRandomization(b, a, { trials: 500, seed: 2 });
  expect(other.difference).toBe(-one.difference);
  expect(other.pValue).toBe(one.pValue);
  // One segment differs: every assignment has the same difference.
  expect(one.pValue).toBe(1);
});

test("only results of one metric on one test set are compared", () => {
  const a = bleu().compute(good, references);
  expect(() => compareScores(a, bleu({ lowercase: true }).compute(bad, references))).toThrow(/cannot compare BLEU/);
  expect(() => approximateRandomization(a, bleu().compute(bad.slice(1), references.slice(1)))).toThrow(
    /on 59 segments/,
  );
  expect(() => approximateRandomization(a, a, { trials: 0 })).toThrow(/trials is 0/);
  expect(() => approximateRandomization(a, a, { seed: 0.5 })).toThrow(/seed is 0.5/);
});
