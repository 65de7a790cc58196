export type { Batch, BatchSource, CausalBatch, PaddedBatch } from "./batch.ts";
export { type EncodedCompletion, type EncodedExample, type Example, IGNORE_LABEL } from "./example.ts";
