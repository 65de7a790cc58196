export { batchOf, type GoldenBatch, onAdapted, openRoberta } from "./golden-runs.ts";
export { testGolden } from "./test-golden.ts";
