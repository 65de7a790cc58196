import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bootstrapInterval } from "../bootstrap.ts";
import { accuracy, argmaxRows, f1, f1OfClass, glueMetrics, macroF1, matthews, pearson, spearman } from "./index.ts";

/** Written by tools/golden/glue_metrics.py with scikit-learn and scipy; null stands for NaN. */
const golden = JSON.parse(readFileSync(new URL("./fixtures/glue-metrics.json", import.meta.url), "utf8")) as {
  classification: ({ name: string; predictions: number[]; labels: number[] } & Record<string, number | null>)[];
  regression: {
    name: string;
    predictions: (number | null)[];
    labels: number[];
    pearson: number | null;
    spearmanr: number | null;
  }[];
  argmax: { classes: number; logits: number[]; expected: number[] };
  quantiles: { values: number[]; confidences: number[]; expected: [number, number][] };
};

const same = (actual: number, expected: number | null) =>
  expected === null ? expect(actual).toBeNaN() : expect(Math.abs(actual - expected)).toBeLessThan(1e-12);

describe("classification metrics equal scikit-learn's", () => {
  test.each(golden.classification)("$name", ({ predictions, labels, ...expected }) => {
    same(accuracy.compute(predictions, labels), expected.accuracy!);
    same(macroF1.compute(predictions, labels), expected.f1_macro!);
    same(matthews.compute(predictions, labels), expected.matthews_correlation!);
    same(f1OfClass(0).compute(predictions, labels), expected.f1_0!);
    if (expected.f1 !== null) {
      same(f1.compute(predictions, labels), expected.f1!);
      same(glueMetrics.mrpc.score.compute(predictions, labels), (expected.f1! + expected.accuracy!) / 2);
    }
  });
});

describe("correlations equal scipy's", () => {
  test.each(golden.regression)("$name", ({ predictions, labels, ...expected }) => {
    const numbers = predictions.map((value) => value ?? Number.NaN);
    same(pearson.compute(numbers, labels), expected.pearson);
    same(spearman.compute(numbers, labels), expected.spearmanr);
    const mean = expected.pearson === null ? null : (expected.pearson + expected.spearmanr!) / 2;
    same(glueMetrics.stsb.score.compute(numbers, labels), mean);
  });
});

test("argmaxRows equals numpy's argmax, ties included", () => {
  const { classes, logits, expected } = golden.argmax;
  expect([...argmaxRows(logits, classes)]).toEqual(expected);
  expect([...argmaxRows(Float32Array.from(logits), classes)]).toEqual(expected);
});

test("the ends of a bootstrap interval are numpy's quantiles of the resampled scores", () => {
  const { values, confidences, expected } = golden.quantiles;
  confidences.forEach((confidence, i) => {
    let call = 0;
    const statistic = () => values[call++ % values.length]!;
    const { low, high } = bootstrapInterval({ units: 3, resamples: values.length, confidence, statistic });
    same(low, expected[i]![0]);
    same(high, expected[i]![1]);
  });
});
