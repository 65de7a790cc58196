import { expect, test } from "vitest";
import { makeComparison, makeCurve, makeSweep } from "./fixtures/sweeps.ts";
import type { SweepFile } from "./sweep-file.ts";
import { verdictOf } from "./verdict.ts";
import { verdictSentence } from "./verdict-sentence.ts";

/** DyLoRA at ranks 1, 2, …, and LoRAs at some of them. */
function pair(dylora: (number | null)[], lora: Record<number, number>, more: Partial<SweepFile> = {}): SweepFile {
  const ranks = Object.keys(lora).map(Number);
  const curves = [
    makeCurve("DyLoRA", "dylora", dylora),
    makeCurve("LoRA trained at each rank", "lora", Object.values(lora), { ranks }),
  ];
  return makeSweep({ curves, recommendation: undefined, ...more });
}

test("LoRA ahead at every rank where both were measured", () => {
  const sweep = pair([0.85, 0.9, 0.859], { 1: 0.864, 3: 0.868 });
  expect(verdictOf(sweep)).toMatchObject({ ahead: "lora", ranks: [{ rank: 1 }, { rank: 3 }] });
  expect(verdictOf(sweep)?.margin).toBeCloseTo(-0.0115, 12);
  expect(verdictSentence(sweep)).toBe(
    "LoRA is ahead of DyLoRA at both ranks where the two were measured: its accuracy is 0.009 to 0.014 better, " +
      "0.012 on average. One seed was trained, and the two 95% intervals overlap at each of these ranks.",
  );
});

test("a rank without a score on either side does not count", () => {
  const sweep = pair([0.5, null, 0.9], { 2: 0.7, 3: 0.8 });
  expect(verdictOf(sweep)?.ranks.map(({ rank }) => rank)).toEqual([3]);
  expect(verdictSentence(sweep)).toBe(
    "DyLoRA is ahead of LoRA at rank 3, the one rank where both were measured: its accuracy is 0.100 better. " +
      "One seed was trained, and the two 95% intervals do not overlap.",
  );
  expect(verdictOf(pair([null], { 1: 0.5 }))).toBeUndefined();
  expect(verdictOf(makeSweep())).toBeUndefined();
  expect(verdictSentence(makeSweep())).toBeUndefined();
});

test("each ahead at some ranks: the average decides, and the extremes are named", () => {
  expect(verdictSentence(pair([0.8, 0.82, 0.8], { 1: 0.81, 2: 0.79, 3: 0.8 }))).toBe(
    "DyLoRA is ahead of LoRA on average over the 3 ranks where both were measured: its accuracy is 0.007 better, " +
      "from 0.010 worse at rank 1 to 0.030 better at rank 2. It is ahead at 1 of these ranks and behind at 1. " +
      "One seed was trained, and the two 95% intervals overlap at each of these ranks.",
  );
});

test("level where the digits shown do not tell them apart", () => {
  const sweep = pair([0.8, 0.8], { 1: 0.8, 2: 0.80001 });
  expect(verdictOf(sweep)?.ahead).toBe("neither");
  expect(verdictSentence(sweep)).toMatch(/^DyLoRA and LoRA are level at both ranks where the two were measured\. /u);
  expect(verdictSentence(pair([0.8, 0.8], { 1: 0.81, 2: 0.79 }))).toMatch(
    /^DyLoRA and LoRA are level on average over the 2 ranks .*: DyLoRA's accuracy is from 0\.010 worse at rank 1 to 0\.010 better at rank 2\. /u,
  );
});

test("where lower is better, the lower is ahead", () => {
  const { task } = makeSweep();
  const sweep = pair(
    [0.4, 0.5],
    { 1: 0.5, 2: 0.6 },
    { task: { ...task, metric: { name: "ter", higherIsBetter: false } } },
  );
  expect(verdictOf(sweep)).toMatchObject({ ahead: "dylora" });
  expect(verdictOf(sweep)?.margin).toBeCloseTo(0.1, 12);
});

test("several seeds: the margin of each, paired by seed", () => {
  const dylora = makeCurve("DyLoRA", "dylora", [0.8, 0.9]);
  const lora = makeCurve("LoRA trained at each rank", "lora", [0.79, 0.895]);
  const seeds = (curve: typeof dylora, offsets: number[]) => ({
    ...curve,
    points: curve.points.map((point) => ({ ...point, perSeed: offsets.map((offset) => point.metric! + offset) })),
  });
  const curves = [seeds(dylora, [0, 0.01, -0.01]), seeds(lora, [0.01, -0.01, 0])];
  const sweep = makeSweep({ curves, recommendation: undefined });
  const { perSeed = [] } = verdictOf(sweep)!;
  for (const [seed, margin] of [-0.0025, 0.0275, -0.0025].entries()) expect(perSeed[seed]).toBeCloseTo(margin, 12);
  expect(verdictSentence(sweep)).toBe(
    "DyLoRA is ahead of LoRA at both ranks where the two were measured: its accuracy is 0.005 to 0.010 better, " +
      "0.008 on average. Over the 3 seeds the average goes from 0.003 worse to 0.028 better.",
  );
  expect(verdictSentence(makeComparison())).toContain("with each of the 3 seeds.");
});
