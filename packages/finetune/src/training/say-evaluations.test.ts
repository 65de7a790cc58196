import { expect, test } from "vitest";
import { sayEvaluations } from "./say-evaluations.ts";

const event = (step: number, rank: number, metric: number, loss?: number) =>
  ({ type: "evaluation", step, rank, metric, loss }) as const;

test("a line for each time that all ranks have been evaluated", () => {
  const say = sayEvaluations("accuracy", [1, 8]);
  expect(say(event(50, 1, 0.7, 0.9), undefined)).toBeUndefined();
  const best = { step: 50, rank: 8, metric: 0.8 };
  expect(say(event(50, 8, 0.8), best)).toBe(
    "step 50: accuracy 0.7000 at rank 1 (loss 0.9000), 0.8000 at rank 8; the best so far",
  );
  expect(say(event(100, 1, 0.71), best)).toBeUndefined();
  expect(say(event(100, 8, 0.75), best)).toBe("step 100: accuracy 0.7100 at rank 1, 0.7500 at rank 8");
});

test("evaluations that were broken off do not mix with later ones", () => {
  const say = sayEvaluations("accuracy", [1, 8]);
  say(event(50, 1, 0.5), undefined);
  expect(say(event(100, 1, 0.6), undefined)).toBeUndefined();
  expect(say(event(100, 8, Number.NaN), undefined)).toBe("step 100: accuracy 0.6000 at rank 1, NaN at rank 8");
});
