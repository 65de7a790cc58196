export { testRankDistribution, testRankSampler } from "./rank-distribution.ts";
