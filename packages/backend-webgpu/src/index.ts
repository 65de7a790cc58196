export { descriptor, type WebgpuBackendOptions, webgpuBackend } from "./backend.ts";
