import fc from "fast-check";
import { expect, test } from "vitest";
import { aurac, bestRank, type RatedRank, recommendRank } from "./index.ts";

const curve = (metrics: readonly number[]): RatedRank[] =>
  metrics.map((metric, index) => ({ rank: index + 1, metric }));

test("the area under a flat curve is its height, under a straight line its middle", () => {
  expect(aurac(curve([0.7, 0.7, 0.7]))).toBeCloseTo(0.7, 12);
  expect(aurac(curve([1, 2, 3, 4]), "linear")).toBeCloseTo(2.5, 12);
  const doublings = [1, 2, 4, 8].map((rank) => ({ rank, metric: Math.log2(rank) }));
  expect(aurac(doublings)).toBeCloseTo(1.5, 12);
  expect(aurac([{ rank: 3, metric: 0.4 }])).toBe(0.4);
});

test("the area lies between the lowest and the highest metric, in whatever order the ranks come", () => {
  const metrics = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(metrics, fc.constantFrom("linear" as const, "log2" as const), (values, axis) => {
      const points = curve(values);
      const area = aurac(points, axis);
      expect(area).toBeGreaterThanOrEqual(Math.min(...values) - 1e-12);
      expect(area).toBeLessThanOrEqual(Math.max(...values) + 1e-12);
      expect(aurac([...points].reverse(), axis)).toBeCloseTo(area, 12);
    }),
  );
});

const within = (half: number) => (candidate: RatedRank, best: RatedRank) => {
  const difference = candidate.metric - best.metric;
  return { low: difference - half, high: difference + half };
};

test("the smallest rank safely within epsilon of the best is recommended", () => {
  const sweep = curve([0.8, 0.83, 0.846, 0.85, 0.84]);
  expect(recommendRank(sweep, { compare: within(0), epsilon: 0.01 }).rank).toBe(3);
  expect(recommendRank(sweep, { compare: within(0.005), epsilon: 0.01 }).rank).toBe(3);
  expect(recommendRank(sweep, { compare: within(0.02), epsilon: 0.01 }).rank).toBe(4);
  expect(recommendRank(sweep, { compare: within(0), epsilon: 0.1 }).rank).toBe(1);
});

test("metrics that should fall are turned round", () => {
  const perplexities = curve([9, 8.005, 8]);
  expect(recommendRank(perplexities, { compare: within(0), epsilon: 0.01, higherIsBetter: false }).rank).toBe(2);
});

test("an empty sweep is refused", () => {
  expect(() => aurac([])).toThrow(expect.objectContaining({ code: "no_ranks" }));
  expect(() => recommendRank([], { compare: within(0) })).toThrow(expect.objectContaining({ code: "no_ranks" }));
});

test("a rank whose metric is not defined is never the best, wherever it stands and whichever way is better", () => {
  const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
  for (const higherIsBetter of [true, false]) {
    for (const metrics of [
      [nan, 0.871, 0.998],
      [0.871, nan, 0.998],
      [0.871, 0.998, nan],
      [infinity, 0.871, 0.998, -infinity],
    ]) {
      const wanted = higherIsBetter ? 0.998 : 0.871;
      const sweep = curve(metrics);
      expect(recommendRank(sweep, { compare: within(0), epsilon: 0.01, higherIsBetter }).metric).toBe(wanted);
      expect(bestRank(sweep, higherIsBetter)?.metric).toBe(wanted);
    }
  }
  expect(aurac(curve([nan, 0.8, 0.9]))).toBeNaN();
});

test("an interval that is not defined recommends nothing but the best", () => {
  const compare = () => ({ low: Number.NaN, high: Number.NaN });
  expect(recommendRank(curve([0.8, 0.9]), { compare }).rank).toBe(2);
  expect(recommendRank(curve([0.9, 0.8]), { compare, higherIsBetter: false }).rank).toBe(2);
});

test("a sweep without a defined metric recommends nothing, and says so", () => {
  const sweep = curve([Number.NaN, Number.NaN]);
  expect(() => recommendRank(sweep, { compare: within(0) })).toThrow("not defined at any rank");
  expect(bestRank(sweep)).toBeUndefined();
  expect(bestRank([])).toBeUndefined();
});
