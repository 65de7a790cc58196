import { describe, expect, test } from "vitest";
import { accuracy, f1, glueAverage, glueMetrics, matthews, pearson, scoreGlueTask, spearman } from "./index.ts";

const predictions = [1, 1, 0, 0, 1];
const labels = [1, 0, 0, 0, 1];

describe("scoreGlueTask", () => {
  test.each([
    ["cola", [matthews]],
    ["sst2", [accuracy]],
    ["mrpc", [f1, accuracy]],
    ["stsb", [pearson, spearman]],
    ["qqp", [f1, accuracy]],
    ["mnli", [accuracy]],
    ["mnli_matched", [accuracy]],
    ["mnli_mismatched", [accuracy]],
    ["qnli", [accuracy]],
    ["rte", [accuracy]],
    ["wnli", [accuracy]],
  ] as const)("%s", (task, metrics) => {
    const { values, score } = scoreGlueTask(task, predictions, labels);
    const expected = metrics.map((metric) => [metric.name, metric.compute(predictions, labels)] as const);
    expect(values).toEqual(Object.fromEntries(expected));
    expect(score).toBeCloseTo(expected.reduce((sum, [, value]) => sum + value, 0) / expected.length, 14);
  });

  test("covers every task, and refuses another", () => {
    expect(Object.keys(glueMetrics)).toHaveLength(11);
    expect(() => scoreGlueTask("squad" as "cola", predictions, labels)).toThrow(
      expect.objectContaining({ name: "ConfigError", code: "unknown_glue_task" }),
    );
    expect(() => scoreGlueTask("toString" as "cola", predictions, labels)).toThrow(/no GLUE task "toString"/);
  });
});

describe("glueAverage", () => {
  test("counts each task once, the halves of MNLI together", () => {
    expect(glueAverage({ cola: 0.6, mnli_matched: 0.86, mnli_mismatched: 0.88 })).toBeCloseTo(0.735, 14);
    expect(glueAverage({ cola: 0.6, mnli_matched: 0.86 })).toBeCloseTo(0.73, 14);
    expect(glueAverage({ rte: 0.7 })).toBe(0.7);
  });

  test("gives the score of BERT-large on the GLUE leaderboard, 80.5", () => {
    // The entry's columns, with F1/accuracy and Pearson/Spearman pairs averaged as the leaderboard does.
    const entry = { cola: 60.5, sst2: 94.9, mrpc: (89.3 + 85.4) / 2, stsb: (87.6 + 86.5) / 2, qqp: (72.1 + 89.3) / 2 };
    const inference = { mnli_matched: 86.7, mnli_mismatched: 85.9, qnli: 92.7, rte: 70.1, wnli: 65.1 };
    expect(glueAverage({ ...entry, ...inference }).toFixed(1)).toBe("80.5");
  });

  test("refuses unknown tasks and nothing at all", () => {
    expect(() => glueAverage({ squad: 1 } as object)).toThrow(/no GLUE task "squad"; the tasks are cola, sst2/);
    expect(() => glueAverage({})).toThrow(expect.objectContaining({ code: "no_examples" }));
  });
});
