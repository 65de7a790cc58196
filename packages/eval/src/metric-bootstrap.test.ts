import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { accuracy, f1, pearson } from "./glue/index.ts";
import { compareSystems, type Metric, meanMetric, metricInterval, pairedBootstrap } from "./index.ts";

const labels = Array.from({ length: 200 }, (_, i) => (i * 7919) % 2);
const flipped = (every: number) => labels.map((label, i) => (i % every === 0 ? 1 - label : label));

describe("metricInterval", () => {
  test("the interval of an accuracy is close to the binomial one", () => {
    const { estimate, low, high } = metricInterval({
      metric: accuracy,
      predictions: flipped(5),
      labels,
      resamples: 4000,
    });
    const half = 1.96 * Math.sqrt((0.8 * 0.2) / 200);
    expect(estimate).toBe(0.8);
    expect(low).toBeCloseTo(0.8 - half, 1.9);
    expect(high).toBeCloseTo(0.8 + half, 1.9);
  });

  test("holds the estimate for any data", () => {
    const data = fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })), {
      minLength: 5,
      maxLength: 60,
    });
    fc.assert(
      fc.property(data, fc.integer(), (pairs, seed) => {
        const { estimate, low, high } = metricInterval({
          metric: accuracy,
          predictions: pairs.map(([prediction]) => prediction),
          labels: pairs.map(([, label]) => label),
          confidence: 0.999,
          resamples: 300,
          seed,
        });
        expect(low).toBeLessThanOrEqual(estimate + 1e-12);
        expect(high).toBeGreaterThanOrEqual(estimate - 1e-12);
      }),
      { numRuns: 30 },
    );
  });

  test("leaves out resamples without a correlation", () => {
    const { estimate, resamples, low } = metricInterval({ metric: pearson, predictions: [1, 2, 3], labels: [1, 2, 3] });
    expect(estimate).toBe(1);
    expect(low).toBeCloseTo(1, 12);
    // A resample of 3 is constant in 3 of 27 cases.
    expect(Math.abs(resamples / 1000 - 24 / 27)).toBeLessThan(0.04);
  });
});

describe("compareSystems", () => {
  test("is the paired bootstrap of the two scores", () => {
    const [a, b] = [flipped(10), flipped(4)];
    const correct = (predictions: number[]) => (indices: Int32Array) =>
      indices.reduce((sum, i) => sum + (predictions[i] === labels[i] ? 1 : 0), 0) / indices.length;
    const result = compareSystems({ metric: accuracy, predictionsA: a, predictionsB: b, labels, seed: 4 });
    expect(result).toEqual(
      pairedBootstrap({ units: labels.length, statisticA: correct(a), statisticB: correct(b), seed: 4 }),
    );
    expect(result.difference).toBeCloseTo(0.15, 12);
    expect(result.pValue).toBeLessThan(0.01);
  });

  test("is tighter than comparing two separate intervals when the systems err alike", () => {
    const [a, b] = [flipped(4), flipped(4).map((prediction, i) => (i === 4 ? labels[i]! : prediction))];
    const { low, high } = compareSystems({ metric: accuracy, predictionsA: b, predictionsB: a, labels });
    const alone = metricInterval({ metric: accuracy, predictions: a, labels });
    expect(high - low).toBeLessThan((alone.high - alone.low) / 4);
  });
});

describe("meanMetric", () => {
  test("averages and keeps the direction", () => {
    const mean = meanMetric("combined_score", [f1, accuracy]);
    expect(mean.compute([1, 1, 0, 0], [1, 0, 0, 0])).toBeCloseTo((2 / 3 + 0.75) / 2, 14);
    expect(mean).toMatchObject({ name: "combined_score", higherIsBetter: true });
  });

  test("refuses no metrics and mixed directions", () => {
    const error: Metric = { name: "error", higherIsBetter: false, compute: () => 0 };
    expect(() => meanMetric("none", [])).toThrow(expect.objectContaining({ code: "no_metrics" }));
    expect(() => meanMetric("both", [accuracy, error])).toThrow(expect.objectContaining({ code: "mixed_metrics" }));
    expect(meanMetric("errors", [error]).higherIsBetter).toBe(false);
  });
});

test.each([
  [{ predictions: [1, 0], labels: [1] }, "ShapeError", "prediction_label_mismatch"],
  [{ predictions: [], labels: [] }, "ConfigError", "no_examples"],
  [{ predictions: [1], labels: [1], resamples: -1 }, "ConfigError", "bad_resamples"],
])("%o is refused", (options, name, code) => {
  const { predictions, ...rest } = options;
  const refusal = expect.objectContaining({ name, code });
  expect(() => metricInterval({ metric: accuracy, ...options })).toThrow(refusal);
  const compare = () =>
    compareSystems({ metric: accuracy, predictionsA: predictions, predictionsB: predictions, ...rest });
  expect(compare).toThrow(refusal);
});
