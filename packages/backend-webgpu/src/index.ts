export { descriptor, type WebgpuBackendOptions, webgpuBackend } from "./webgpu-backend.ts";
