export { type GoldenOptions, testGolden } from "./test-golden.ts";
