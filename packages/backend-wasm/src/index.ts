export { descriptor, type WasmBackendOptions, wasmBackend } from "./backend.ts";
