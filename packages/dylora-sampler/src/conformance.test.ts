import { testRankDistribution, testRankSampler } from "@dylora/test-kit";
import {
  blocks,
  categorical,
  createSampler,
  drawRank,
  fixed,
  fromPmf,
  geometric,
  type JsonValue,
  type RankDistribution,
  type RankSampler,
  rankSet,
  uniform,
  uniformAt,
} from "./index.ts";

for (const make of [
  () => uniform({ max: 8 }),
  () => uniform({ min: 3, max: 64 }),
  () => uniform({ max: 1 }),
  () => geometric({ max: 8 }),
  () => geometric({ p: 0.6, min: 2, max: 64 }),
  () => categorical({ 1: 3, 2: 0, 4: 2, 8: 1 }),
  () => rankSet([8, 1, 4, 2]),
  () => rankSet([4, 1], [1, 9]),
  () => fixed(8),
  () => fromPmf([0.1, 0.2, 0.3, 0, 0.4], { min: 2 }),
  () => blocks(geometric({ max: 8 }), 4),
]) {
  testRankDistribution(make().name, make, createSampler);
}

/** Written as a user would: an object of the documented members, no function of this package. */
const triangular: RankDistribution = {
  name: "triangular",
  ranks: [1, 2, 3, 4, 5],
  pmf: [1 / 9, 2 / 9, 3 / 9, 2 / 9, 1 / 9],
};
testRankDistribution("a custom object", () => triangular, createSampler);

/** A custom sampler: ranks with a higher recent loss come more often. */
function lossDriven(ranks: readonly number[], seed: number): RankSampler {
  let losses = ranks.map(() => 1);
  const distribution = () => categorical(Object.fromEntries(ranks.map((rank, i) => [rank, losses[i]!])));
  return {
    get distribution() {
      return distribution();
    },
    rankAt: (step, example) => drawRank(distribution(), uniformAt(seed, step, example)),
    observe(_step, rank, loss) {
      losses = losses.map((before, i) => (ranks[i] === rank ? 0.9 * before + 0.1 * loss : before));
    },
    state: (): JsonValue => ({ seed, losses }),
    restore(state) {
      ({ seed, losses } = state as { seed: number; losses: number[] });
    },
  };
}
testRankSampler("a custom, loss-driven one", (seed) => lossDriven([1, 2, 4, 8], seed));
