import type { EvaluationEvent } from "@dylora/trainer";
import { expect, test } from "vitest";
import { bestEvaluation, lastEvaluation } from "./evaluated-ranks.ts";

const at = (step: number, rank: number, metric: number, loss?: number): EvaluationEvent => ({
  ...{ type: "evaluation", step, rank, metric },
  loss,
});
const events = [
  at(10, 8, 0.5, 1),
  at(10, 1, 0.9),
  at(20, 1, 0.2),
  at(20, 8, 0.7),
  at(30, 8, 0.7),
  at(40, 8, Number.NaN),
];

test("the last evaluation is that of the last step, whatever it gave", () => {
  expect(lastEvaluation(events)).toEqual({ step: 40, ranks: [{ rank: 8, metric: Number.NaN }] });
  expect(lastEvaluation([])).toBeUndefined();
});

test("the best is decided by the highest rank, the first of equals; other ranks are told with it", () => {
  expect(bestEvaluation(events, true)).toEqual({
    step: 20,
    ranks: [
      { rank: 1, metric: 0.2 },
      { rank: 8, metric: 0.7 },
    ],
  });
  expect(bestEvaluation(events, false)).toEqual({
    step: 10,
    ranks: [
      { rank: 1, metric: 0.9 },
      { rank: 8, metric: 0.5, loss: 1 },
    ],
  });
  expect(bestEvaluation([at(1, 8, Number.NaN)], true)).toBeUndefined();
});
