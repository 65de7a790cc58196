export { testGolden } from "./test-golden.ts";
