import { expect, test } from "vitest";
import { matchClasses } from "./match-classes.ts";

const config = (labels: readonly string[] | undefined, problemType?: "regression" | "multi_label_classification") => {
  return { labels, problemType };
};
const mnli = ["entailment", "neutral", "contradiction"];

test("classes in another order, case or spelling are matched by name", () => {
  const match = matchClasses(mnli, config(["CONTRADICTION", "NEUTRAL", "ENTAILMENT"]));
  expect(match.rows).toEqual([2, 1, 0]);
  expect(match.warning).toMatch(
    /another order \(CONTRADICTION, NEUTRAL, ENTAILMENT\): they are matched by name, to ent/,
  );
  expect(matchClasses(["not_entailment", "entailment"], config(["Entailment", "not-entailment"])).rows).toEqual([1, 0]);
  expect(matchClasses(["1", "0"], config(["LABEL_0", "LABEL_1"])).rows).toEqual([1, 0]);
  expect(matchClasses(["a", "A"], config(["A", "a"])).rows).toEqual([1, 0]);
});

test("nothing is said of classes that stand as they are", () => {
  expect(matchClasses(mnli, config(["Entailment", "neutral", "contradiction"]))).toEqual({
    rows: [0, 1, 2],
    warning: undefined,
  });
});

test.each<[string, readonly string[], readonly string[] | undefined]>([
  ["made-up names in the model", mnli, ["LABEL_0", "LABEL_1", "LABEL_2"]],
  ["numbers in the task", ["0", "1"], ["negative", "positive"]],
  ["no names in the model", ["no", "yes"], undefined],
  ["names of another number of classes", ["no", "yes"], ["a", "b", "c"]],
])("by place, and said: %s", (_, wanted, labels) => {
  const { rows, warning } = matchClasses(wanted, config(labels));
  expect(rows).toEqual(wanted.map((_name, id) => id));
  expect(warning).toMatch(/taken by place/);
});

test.each<[string, readonly string[], readonly string[]]>([
  ["other names", ["negative", "positive"], ["entailment", "contradiction"]],
  ["some names shared", ["a", "b", "c"], ["a", "b", "d"]],
  ["a name twice", ["a", "b"], ["a", "a"]],
  ["a name twice but for its case", ["a", "b"], ["a", "A"]],
])("a new head, and said: %s", (_, wanted, labels) => {
  expect(matchClasses(wanted, config(labels))).toEqual({
    rows: undefined,
    warning: expect.stringMatching(/trained for other classes .*: a new one is made/),
  });
});

test("a head of another kind is said", () => {
  expect(matchClasses(["a", "b"], config(["a", "b"], "regression"))).toEqual({
    rows: undefined,
    warning: expect.stringMatching(/problem_type regression.*a new one/),
  });
  expect(matchClasses(["a", "b"], config(["b", "a"], "multi_label_classification"))).toEqual({
    rows: [1, 0],
    warning: expect.stringMatching(/by name, to a, b; it was trained to give several labels at once/),
  });
  expect(matchClasses(["a", "b"], config(["a", "b"], "multi_label_classification")).warning).toMatch(/several labels/);
});
