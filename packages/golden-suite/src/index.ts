export { type Golden, type GoldenTensor, goldenFolder, loadGolden } from "./golden.ts";
export { expectGolden, expectGoldenParameters, type FlatParameter } from "./golden-parameters.ts";
export { batchOf, type GoldenBatch, onAdapted, openRoberta } from "./golden-runs.ts";
export { type GoldenOptions, testGolden } from "./test-golden.ts";
export { tinyConfig, tinyGpt2, tinyWeights } from "./tiny-gpt2.ts";
