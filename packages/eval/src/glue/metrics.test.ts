import fc from "fast-check";
import { sampleRankCorrelation } from "simple-statistics";
import { describe, expect, test } from "vitest";
import { accuracy, argmaxRows, f1, f1OfClass, macroF1, matthews, metricByName, pearson, spearman } from "./index.ts";

const paired = <T>(value: fc.Arbitrary<T>, minLength = 1) =>
  fc
    .array(fc.tuple(value, value), { minLength, maxLength: 40 })
    .map((pairs) => [pairs.map(([a]) => a), pairs.map(([, b]) => b)] as const);
const classes = paired(fc.integer({ min: 0, max: 4 }));
const numbers = paired(fc.integer({ min: -50, max: 50 }), 2);
const classification = [accuracy, f1, macroF1, matthews];

describe("classification", () => {
  test("stays in its range and does not depend on the order of the examples", () => {
    fc.assert(
      fc.property(classes, ([predictions, labels]) => {
        for (const metric of classification) {
          const value = metric.compute(predictions, labels);
          expect(value).toBeGreaterThanOrEqual(metric === matthews ? -1 - 1e-12 : 0);
          expect(value).toBeLessThanOrEqual(1 + 1e-12);
          expect(metric.compute([...predictions].reverse(), [...labels].reverse())).toBeCloseTo(value, 12);
        }
      }),
    );
  });

  test("swapping predictions and labels changes none of these metrics", () => {
    fc.assert(
      fc.property(classes, ([predictions, labels]) => {
        for (const metric of classification) {
          expect(metric.compute(labels, predictions)).toBeCloseTo(metric.compute(predictions, labels), 12);
        }
      }),
    );
  });

  test("for two classes Matthews is Pearson's correlation, 0 where that is undefined", () => {
    fc.assert(
      fc.property(paired(fc.integer({ min: 0, max: 1 })), ([predictions, labels]) => {
        const r = pearson.compute(predictions, labels);
        expect(matthews.compute(predictions, labels)).toBeCloseTo(Number.isNaN(r) ? 0 : r, 10);
      }),
    );
  });

  test("macro F1 is the mean of the classes' own F1", () => {
    fc.assert(
      fc.property(classes, ([predictions, labels]) => {
        const present = [...new Set([...predictions, ...labels])];
        const own = present.map((id) => f1OfClass(id).compute(predictions, labels));
        expect(macroF1.compute(predictions, labels)).toBeCloseTo(own.reduce((a, b) => a + b, 0) / own.length, 12);
      }),
    );
  });

  test("typed arrays do as well as plain ones", () => {
    expect(accuracy.compute(Int32Array.of(1, 0, 2), Uint8Array.of(1, 1, 2))).toBeCloseTo(2 / 3, 15);
  });

  test.each([
    [[1, 0], [1], "ShapeError", "prediction_label_mismatch"],
    [[], [], "ConfigError", "no_examples"],
    [[0.5], [1], "ConfigError", "bad_class_id"],
    [[Number.NaN], [1], "ConfigError", "bad_class_id"],
    [[-1], [1], "ConfigError", "bad_class_id"],
    [[1, 1], [1, -1], "ConfigError", "bad_class_id"],
  ])("refuses predictions %j against labels %j", (predictions, labels, name, code) => {
    for (const metric of classification) {
      expect(() => metric.compute(predictions, labels)).toThrow(expect.objectContaining({ name, code }));
    }
  });

  test("names the example, and the reason for GLUE's hidden labels", () => {
    expect(() => accuracy.compute([1, 1], [1, -1])).toThrow(/label of example 1 is -1.*GLUE's test sets/);
  });
});

describe("correlations", () => {
  test("do not change with scale and offset, flip with the sign", () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 9 }), fc.integer({ min: -9, max: 9 }), ([x, y], scale, offset) => {
        for (const metric of [pearson, spearman]) {
          const r = metric.compute(x, y);
          const moved = metric.compute(
            x.map((value) => value * scale + offset),
            y,
          );
          const flipped = metric.compute(
            x.map((value) => -value),
            y,
          );
          if (Number.isNaN(r)) {
            expect(moved).toBeNaN();
            expect(flipped).toBeNaN();
            continue;
          }
          expect(moved).toBeCloseTo(r, 10);
          expect(flipped).toBeCloseTo(-r, 10);
          expect(Math.abs(r)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test("Spearman sees only the order", () => {
    fc.assert(
      fc.property(numbers, ([x, y]) => {
        const cubed = x.map((value) => value ** 3);
        expect(spearman.compute(cubed, y)).toBe(spearman.compute(x, y));
      }),
    );
  });

  test("Spearman agrees with simple-statistics, ties included", () => {
    fc.assert(
      fc.property(paired(fc.integer({ min: 0, max: 6 }), 2), ([x, y]) => {
        const r = spearman.compute(x, y);
        if (!Number.isNaN(r)) expect(r).toBeCloseTo(sampleRankCorrelation(x, y), 10);
        else expect(new Set(x).size === 1 || new Set(y).size === 1).toBe(true);
      }),
    );
  });

  test("are NaN where they are not defined", () => {
    for (const metric of [pearson, spearman]) {
      expect(metric.compute([1], [2])).toBeNaN();
      expect(metric.compute([0.1, 0.1, 0.1], [1, 2, 3])).toBeNaN();
      expect(metric.compute([1, Number.NaN, 2], [1, 2, 3])).toBeNaN();
      expect(() => metric.compute([], [])).toThrow(expect.objectContaining({ code: "no_examples" }));
      expect(() => metric.compute([1, 2], [1])).toThrow(expect.objectContaining({ code: "prediction_label_mismatch" }));
    }
    expect(pearson.compute([1, Number.POSITIVE_INFINITY, 2], [1, 2, 3])).toBeNaN();
    expect(spearman.compute([1, Number.POSITIVE_INFINITY, 2], [1, 3, 2])).toBe(1);
  });
});

describe("argmaxRows", () => {
  test("a NaN row gives the first NaN, as numpy does", () => {
    expect([...argmaxRows([1, Number.NaN, 5, Number.NaN, 1, 2], 3)]).toEqual([1, 0]);
    expect([...argmaxRows([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY], 2)]).toEqual([0]);
    expect([...argmaxRows([], 2)]).toEqual([]);
  });

  test("refuses shapes that do not fit", () => {
    expect(() => argmaxRows([1, 2, 3], 2)).toThrow(
      expect.objectContaining({ name: "ShapeError", code: "logits_shape" }),
    );
    expect(() => argmaxRows([1], 0)).toThrow(expect.objectContaining({ code: "bad_class_count" }));
  });
});

test("metricByName knows the provided metrics by evaluate's names and lists them otherwise", () => {
  for (const metric of [...classification, pearson, spearman]) expect(metricByName(metric.name)).toBe(metric);
  expect(() => metricByName("bleu")).toThrow(/no metric "bleu".*accuracy, f1, f1_macro, matthews_correlation/);
});
