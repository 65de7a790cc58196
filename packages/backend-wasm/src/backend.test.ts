import { testBackend } from "@dylora/test-kit";
import { wasmBackend } from "./index.ts";

testBackend("wasm", wasmBackend);
