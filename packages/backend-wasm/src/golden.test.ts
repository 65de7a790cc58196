import { testGolden } from "@dylora/golden-suite";
import { wasmBackend } from "./index.ts";

testGolden("wasm", wasmBackend);
