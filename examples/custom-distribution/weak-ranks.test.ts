import { testRankSampler } from "@dylora/test-kit";
import { expect, test } from "vitest";
import { weakRanks } from "./weak-ranks.ts";

testRankSampler("weak ranks", (seed) => {
  const sampler = weakRanks({ ranks: [1, 2, 4, 8], seed });
  return { ...sampler, restore: (state) => sampler.restore(state as never) };
});

const probability = ({ distribution: { ranks, pmf } }: ReturnType<typeof weakRanks>, rank: number): number =>
  pmf[ranks.indexOf(rank)] ?? Number.NaN;

/** Sees each rank once, with losses by rank. */
function trained(losses: Readonly<Record<number, number>>, options: { strength?: number; floor?: number } = {}) {
  const sampler = weakRanks({ ranks: Object.keys(losses).map(Number), ...options });
  Object.entries(losses).forEach(([rank, loss], step) => {
    sampler.observe?.(step, Number(rank), loss);
  });
  return sampler;
}

test("the higher the loss of a rank, the likelier it is", () => {
  const sampler = trained({ 1: 1.2, 2: 0.9, 4: 0.7, 8: 0.5 });
  const { pmf } = sampler.distribution;
  expect([...pmf].sort((a, b) => b - a)).toEqual(pmf);
  const counts = Array.from({ length: 4000 }, (_, step) => sampler.rankAt(step)).filter((rank) => rank === 1);
  expect(counts.length / 4000).toBeCloseTo(probability(sampler, 1), 1);
});

test("the odds of two ranks are exp(strength · difference of losses), but for the floor", () => {
  const sampler = trained({ 1: 1.5, 8: 0.5 }, { strength: 3, floor: 1e-9 });
  expect(probability(sampler, 1) / probability(sampler, 8)).toBeCloseTo(Math.exp(3), 4);
});

test("no rank falls below its share of the floor", () => {
  const sampler = trained({ 1: 1000, 2: 0, 4: 0, 8: 0 }, { floor: 0.2 });
  expect(probability(sampler, 8)).toBeCloseTo(0.05, 12);
  expect(probability(sampler, 1)).toBeCloseTo(0.85, 12);
});

test("a rank that was never seen counts as weak as the weakest", () => {
  const sampler = weakRanks({ ranks: [1, 2, 4] });
  expect(sampler.distribution.pmf).toEqual([1 / 3, 1 / 3, 1 / 3]);
  sampler.observe?.(0, 1, 2);
  sampler.observe?.(1, 2, 1);
  expect(probability(sampler, 4)).toBe(probability(sampler, 1));
});

test("bad settings and states of other samplers are refused", () => {
  expect(() => weakRanks({ ranks: [] })).toThrow("needs at least one");
  expect(() => weakRanks({ ranks: [0, 1] })).toThrow("whole numbers from 1");
  expect(() => weakRanks({ ranks: [1], strength: -1 })).toThrow("strength is -1");
  expect(() => weakRanks({ ranks: [1], floor: 0 })).toThrow("floor is 0");
  expect(() => weakRanks({ ranks: [1, 2] }).restore({ seed: 0, losses: [1] })).toThrow("not one of 2 weak ranks");
});
