export { descriptor, type WasmBackendOptions, wasmBackend } from "./wasm-backend.ts";
