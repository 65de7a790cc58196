export { blocks } from "./blocks.ts";
export { categorical, rankSet } from "./categorical.ts";
export { fixed } from "./fixed.ts";
export { type FromPmfOptions, fromPmf } from "./from-pmf.ts";
export { type GeometricOptions, geometric } from "./geometric.ts";
export {
  type CheckDistributionOptions,
  checkDistribution,
  expectedRank,
  type RankDistribution,
} from "./rank-distribution.ts";
export type { RankRange } from "./rank-range.ts";
export { createSampler, drawRank, type JsonValue, type RankSampler, type SamplerOptions } from "./rank-sampler.ts";
export { uniform } from "./uniform.ts";
export { uniformAt } from "./uniform-at.ts";
