import { metricByName } from "@dylora/eval/glue";
import { expect, test } from "vitest";
import type { EvaluationSet, Measured } from "../tasks/task.ts";
import { answerReview, majorityBaseline } from "./answer-review.ts";
import type { EvaluatedRank } from "./evaluate-rank.ts";

const gold = [0, 1, 1, 2, 1, 0];
const names = ["bad", "fair", "good"];

function evaluationSet(metric: string, labels: readonly string[] = names): EvaluationSet {
  const scored = (given: readonly number[]): Measured => ({
    score: metricByName(metric).compute(given, gold),
    further: {},
    loss: undefined,
    statistic: () => 0,
    texts: [],
    answers: { given },
  });
  return {
    split: "validation",
    size: gold.length,
    metric: metricByName(metric),
    work: 1,
    unit: "batches",
    shown: [],
    classes: { names: labels, gold, input: (index) => `text ${index} ${"long ".repeat(index * 20)}` },
    recall: ({ given }) => scored(given as number[]),
    measure: async () => scored(gold),
  };
}

const at = (rank: number, given: readonly number[]): EvaluatedRank => ({
  ...(evaluationSet("accuracy").recall({ given }) as Measured),
  rank,
  parameters: { lora: 1, head: 1, total: 2 },
  seconds: 1,
});

test("the baseline answers the class that most examples have", () => {
  expect(majorityBaseline(evaluationSet("accuracy"))).toEqual({ answer: "fair", metric: 3 / 6 });
  // A correlation with a constant is 0 or not defined; f1 by class is (2·0.5·1)/1.5 for one of three classes.
  expect(majorityBaseline(evaluationSet("f1_macro"))?.metric).toBeCloseTo(2 / 3 / 3, 12);
  const { classes: _, ...numbers } = evaluationSet("accuracy");
  expect(majorityBaseline(numbers)).toBeUndefined();
});

test("counts are by true class and answer, for each rank", () => {
  const { confusion } = answerReview(evaluationSet("accuracy"), [at(1, [0, 0, 1, 1, 1, 2]), at(2, gold)], 2);
  expect(confusion).toEqual({
    labels: names,
    ranks: [
      {
        rank: 1,
        counts: [
          [1, 0, 1],
          [1, 2, 0],
          [0, 1, 0],
        ],
      },
      {
        rank: 2,
        counts: [
          [2, 0, 0],
          [0, 3, 0],
          [0, 0, 1],
        ],
      },
    ],
  });
  const many = evaluationSet(
    "accuracy",
    Array.from({ length: 21 }, (_, id) => `class ${id}`),
  );
  expect(answerReview(many, [at(1, gold)], 1).confusion).toBeUndefined();
});

test("of many ranks some are shown, the chosen one among them", () => {
  const evaluated = Array.from({ length: 40 }, (_, index) => at(index + 1, gold));
  const { confusion } = answerReview(evaluationSet("accuracy"), evaluated, 7);
  expect(confusion?.ranks.map(({ rank }) => rank)).toEqual([1, 2, 4, 7, 8, 16, 32, 40]);
});

test("wrong answers of the chosen rank, long texts cut in whole characters", () => {
  const evaluated = [at(1, [1, 1, 1, 2, 1, 1]), at(2, gold)];
  expect(answerReview(evaluationSet("accuracy"), evaluated, 2).wrongAnswers).toEqual({
    rank: 2,
    count: 0,
    examples: [],
  });
  const { wrongAnswers } = answerReview(evaluationSet("accuracy"), evaluated, 1);
  expect(wrongAnswers).toMatchObject({ rank: 1, count: 2 });
  expect(wrongAnswers?.examples[0]).toMatchObject({ input: "text 0 ", expected: "bad", given: "fair" });
  expect(wrongAnswers?.examples[1]?.input).toMatch(/^text 5 long .* …$/u);
  expect([...(wrongAnswers?.examples[1]?.input ?? "")].length).toBeLessThanOrEqual(282);
});
