import { expect, test } from "vitest";
import { costSentence } from "./cost-summary.ts";
import { makeComparison, makeCurve, makeSweep } from "./fixtures/sweeps.ts";
import { auracSentence, recommendationSentence } from "./summary.ts";

test("why a rank is recommended", () => {
  expect(recommendationSentence(makeSweep())).toBe(
    "Rank 4 is the smallest rank safely within 0.01 of the best (rank 7, accuracy 0.841): " +
      "the 95% interval of the paired difference is [-0.0095, 0.0031].",
  );
  const recommendation = { rank: 7, epsilon: 0.01, best: { rank: 7, metric: 0.841 } };
  expect(recommendationSentence(makeSweep({ recommendation }))).toBe(
    "Rank 7 is the best of the sweep (accuracy 0.841), and no smaller rank is safely within 0.01 of it.",
  );
  expect(recommendationSentence(makeSweep({ recommendation: undefined }))).toBeUndefined();
});

test("no smaller rank is spoken of where there is none", () => {
  const recommendation = { rank: 1, epsilon: 0.01, best: { rank: 1, metric: 0.83 } };
  const curve = (metrics: number[]) => makeCurve("DyLoRA", "dylora", metrics);
  const said = (metrics: number[]) => recommendationSentence(makeSweep({ curves: [curve(metrics)], recommendation }));
  expect(said([0.83, 0.82])).toBe("Rank 1 is the best of the sweep (accuracy 0.830), and it is the smallest too.");
  expect(said([0.83])).toBe("Rank 1 is the only rank of the sweep (accuracy 0.830).");
});

test("what the search would have cost", () => {
  expect(costSentence(makeSweep())).toBe(
    "DyLoRA trained for 300 steps; LoRA at each of 8 ranks takes 2,400: 13% (1/8). " +
      "CPU time of training: 36.4 s of 4 min 52 s, 12% (1/8). " +
      "One DyLoRA run with its sweep took 51.2 s; LoRA trained at each rank took 5 min 50 s: " +
      "DyLoRA needed 15% of that time (1/6.8).",
  );
  const cost = { dylora: 60, search: 50, ratio: 1.2, projected: true };
  expect(costSentence(makeSweep({ cost }))).toBe(
    "One DyLoRA run with its sweep took 1 min; LoRA trained at each rank would take about 50.0 s: " +
      "DyLoRA needed 120% of that time.",
  );
  expect(costSentence(makeSweep({ cost: undefined }))).toBeUndefined();
});

test("areas of the curves that have one", () => {
  expect(auracSentence(makeComparison())).toMatch(/DyLoRA 0\.831 \(linear 0\.837\); LoRA trained at each rank 0\.833/u);
  const [curve] = makeSweep().curves;
  const few = makeCurve("LoRA trained at each rank", "lora", [0.864, 0.868], { ranks: [1, 8] });
  expect(auracSentence(makeSweep({ curves: [curve!, few] }))).toBe(
    "Area under the curve over log2(rank), AURAC: DyLoRA 0.831 (linear 0.837). " +
      "LoRA trained at each rank was measured at other ranks, so its area says nothing beside this.",
  );
  expect(auracSentence(makeSweep({ curves: [{ ...curve!, aurac: { log2: null, linear: 1 } }] }))).toBeUndefined();
});
