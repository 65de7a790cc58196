import { expect, test } from "vitest";
import { GLUE_TASKS, labelCount, parseTextTask } from "./index.ts";

const good = {
  name: "polite",
  kind: "classification",
  textColumns: ["text"],
  labelColumn: "label",
  labels: ["rude", "polite"],
  metrics: ["accuracy"],
  splits: { train: "train.tsv" },
};

test("a task passes through, unknown keys dropped", () => {
  expect(parseTextTask({ ...good, note: 1 }, "task.json")).toEqual(good);
});

test.each([
  ["no object", 3, "a task is a JSON object"],
  ["no name", { ...good, name: "" }, '"name" is ""'],
  ["another kind", { ...good, kind: "ranking" }, '"kind" is "ranking"; it must be "classification" or "regression"'],
  ["three texts", { ...good, textColumns: ["a", "b", "c"] }, '"textColumns"'],
  ["a class twice", { ...good, labels: ["a", "a"] }, "distinct class names"],
  ["one class", { ...good, labels: ["a"] }, "at least two classes"],
  ["classes of a regression", { ...good, kind: "regression" }, "must be [] for a regression"],
  ["splits in a list", { ...good, splits: ["train.tsv"] }, '"splits"'],
  ["no label column", { ...good, labelColumn: undefined }, '"labelColumn" is missing'],
])("%s is refused", (_, value, problem) => {
  const refused = expect.objectContaining({ code: "bad_task", message: expect.stringContaining(problem) });
  expect(() => parseTextTask(value, "task.json")).toThrow(refused);
});

test("the GLUE tasks: heads, evaluation splits, metrics", () => {
  const rows = Object.values(GLUE_TASKS).map((task) => [task.name, labelCount(task), task.metrics.join()]);
  expect(rows).toEqual([
    ["cola", 2, "matthews_correlation"],
    ["sst2", 2, "accuracy"],
    ["mrpc", 2, "accuracy,f1"],
    ["stsb", 1, "pearson,spearmanr"],
    ["qqp", 2, "accuracy,f1"],
    ["mnli", 3, "accuracy"],
    ["qnli", 2, "accuracy"],
    ["rte", 2, "accuracy"],
    ["wnli", 2, "accuracy"],
  ]);
  expect(GLUE_TASKS.mnli.evaluationSplits).toEqual(["validation_matched", "validation_mismatched"]);
  expect(GLUE_TASKS.rte.evaluationSplits).toEqual(["validation"]);
});
