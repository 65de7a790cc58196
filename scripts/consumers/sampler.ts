// A program of someone who installed @dylora/dylora-sampler and nothing else.
import { createSampler, expectedRank, geometric, type RankDistribution } from "@dylora/dylora-sampler";

const distribution: RankDistribution = geometric({ p: 0.3, min: 2, max: 8 });
const sampler = createSampler(distribution, { seed: 7 });
const draws = Array.from({ length: 4000 }, (_, step) => sampler.rankAt(step));
if (draws.some((rank) => rank < 2 || rank > 8)) throw new Error("a rank outside of the distribution");

const mean = draws.reduce((sum, rank) => sum + rank, 0) / draws.length;
const expected = expectedRank(distribution);
if (Math.abs(mean - expected) > 0.1) throw new Error(`mean rank ${mean}, expected ${expected}`);
console.log(`mean of ${draws.length} ranks ${mean.toFixed(3)}, expected ${expected.toFixed(3)}`);
