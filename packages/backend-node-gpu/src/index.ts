export { descriptor, type NodeGpuBackendOptions, nodeGpuBackend } from "./backend.ts";
