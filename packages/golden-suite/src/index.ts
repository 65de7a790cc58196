export { batchOf, type GoldenBatch, onAdapted, openRoberta } from "./golden-runs.ts";
export { type GoldenOptions, testGolden } from "./test-golden.ts";
