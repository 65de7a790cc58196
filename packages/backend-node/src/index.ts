export { descriptor, type NodeBackendOptions, nodeBackend } from "./backend.ts";
