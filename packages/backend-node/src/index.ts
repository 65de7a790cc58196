export { bfloat16Descriptor, descriptor, type NodeBackendOptions, nodeBackend } from "./backend.ts";
