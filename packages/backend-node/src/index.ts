export { descriptor, type NodeBackendOptions, nodeBackend } from "./node-backend.ts";
