export { descriptor, type NodeGpuBackendOptions, nodeGpuBackend } from "./node-gpu-backend.ts";
