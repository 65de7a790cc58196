export { type Answer, type Batcher, type BatcherOptions, type ClassifyOptions, createBatcher } from "./batcher.ts";
export { type LoadStep, rankUnderLoad } from "./load-policy.ts";
export { type ServeOptions, type Server, serve } from "./serve.ts";
