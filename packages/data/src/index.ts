export type { Batch, BatchSource, CausalBatch, PaddedBatch } from "./batch.ts";
export {
  type BatchOptions,
  type LabelOptions,
  lengthBucketedBatches,
  lengthBucketedCausalBatches,
  type ShuffledBatchOptions,
  sequentialBatches,
  sequentialCausalBatches,
} from "./batches.ts";
export { type EncodedCompletion, type EncodedExample, type Example, IGNORE_LABEL } from "./example.ts";
export type { TaskKind } from "./task-kind.ts";
