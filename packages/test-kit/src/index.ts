export {
  type CaseInput,
  checkAgainstReference,
  checkRepeatable,
  type OpCase,
  type PreparedOp,
} from "./backend-suite/op-case.ts";
export { type TestBackendOptions, testBackend } from "./backend-suite/test-backend.ts";
export { type Closeness, expectAllClose, expectSameBits } from "./closeness.ts";
export { cpuBackend } from "./cpu-backend.ts";
export { leakGuard } from "./leak-guard.ts";
export type { CausalModelUnderTest } from "./model-suite/causal-subject.ts";
export type { ModelUnderTest } from "./model-suite/subject.ts";
export { testCausalModel } from "./model-suite/test-causal-model.ts";
export { type TestModelOptions, testModelAdapter } from "./model-suite/test-model-adapter.ts";
export {
  type RankDistributionUnderTest,
  type RankSamplerUnderTest,
  type SamplerFactory,
  testRankDistribution,
  testRankSampler,
} from "./rank-distribution.ts";
export * as reference from "./reference/index.ts";
export { seededValues } from "./seeded-values.ts";
