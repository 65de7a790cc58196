import { ConfigError, checkWhole } from "@dylora/errors";
import type { Batch, BatchSource, CausalBatch, PaddedBatch } from "./batch.ts";
import { type BatchPlan, bucketPlan, longestFirstPlan } from "./batch-plan.ts";
import { collateCausal, collateLabelled, type Padding } from "./collate.ts";
import type { EncodedCompletion, EncodedExample } from "./example.ts";
import type { TaskKind } from "./task-kind.ts";

/** Settings that every kind of batch takes. */
export interface BatchOptions {
  /** Rows in a batch, an integer >= 1. The last examples of an epoch make one shorter batch. */
  readonly batchSize: number;
  /** Token id that fills the rows up to the longest of the batch. */
  readonly padId: number;
  /** Padded lengths are multiples of this, for backends that like round shapes. Default 1. */
  readonly padToMultipleOf?: number;
}

/** Settings of batches that are drawn anew each epoch. */
export interface ShuffledBatchOptions extends BatchOptions {
  /** Any safe integer. Same seed, same batches. */
  readonly seed: number;
  /** False: the same batches in the same order each epoch, only bucketed by length. Default true. */
  readonly shuffle?: boolean;
}

/** What the labels of a data set are. */
export interface LabelOptions {
  /** Class indices (an `Int32Array` of labels) or real numbers (a `Float32Array`). Default `"classification"`. */
  readonly kind?: TaskKind;
}

function checkOptions(options: BatchOptions & { readonly seed?: number }): Padding {
  const { batchSize, padId, padToMultipleOf = 1, seed = 0 } = options;
  checkWhole("bad_batch_option", "batchSize", batchSize, { min: 1 });
  checkWhole("bad_batch_option", "padId", padId, { min: 0 });
  checkWhole("bad_batch_option", "padToMultipleOf", padToMultipleOf, { min: 1 });
  checkWhole("bad_batch_option", "seed", seed);
  return { padId, multipleOf: padToMultipleOf };
}

function checkLengths(encoded: readonly { inputIds: ArrayLike<number> }[]): Float64Array {
  if (encoded.length === 0) throw new ConfigError("empty_data_set", "there are no examples to make batches of");
  return Float64Array.from(encoded, ({ inputIds }, position) => {
    if (inputIds.length > 0) return inputIds.length;
    throw new ConfigError("empty_example", `the example at position ${position} has no tokens; leave it out`);
  });
}

function checkLabels(encoded: readonly EncodedExample[], kind: TaskKind): void {
  encoded.forEach(({ label }, position) => {
    if (label === undefined) return;
    if (kind === "classification" ? Number.isInteger(label) && label >= 0 : Number.isFinite(label)) return;
    const wanted = kind === "classification" ? "a class index, an integer >= 0" : "a finite number";
    throw new ConfigError("bad_label", `the example at position ${position} has label ${label}; it must be ${wanted}`);
  });
}

function checkTokenLabels(encoded: readonly EncodedCompletion[]): void {
  encoded.forEach(({ inputIds, labels }, position) => {
    if (inputIds.length === labels.length) return;
    const found = `${labels.length} labels for ${inputIds.length} tokens`;
    throw new ConfigError("bad_label", `the example at position ${position} has ${found}; give one label a token`);
  });
}

const source = <B extends PaddedBatch>(plan: BatchPlan, collate: (indices: Int32Array) => B): BatchSource<B> => ({
  batchesPerEpoch: plan.batchesPerEpoch,
  batch: (index) => collate(plan.indices(index)),
});

/**
 * Training batches of examples of similar length, padded to the longest in the batch.
 *
 * Each epoch shuffles the data, cuts it into pools of 50 batches (as Hugging Face's length-grouped sampler), sorts each
 * pool by length, cuts it into batches and shuffles all batches. Every example comes exactly once an epoch; when the
 * batch size does not divide the data set, one batch of the epoch, at a random place, is short. Everything is a pure
 * function of (seed, index): any batch can be asked for at any time.
 *
 * @throws ConfigError `bad_batch_option`, `empty_data_set`, `empty_example`, `bad_label`
 *
 * @example
 * ```ts
 * import { lengthBucketedBatches } from "@dylora/data";
 *
 * const encoded = [{ inputIds: [0, 5, 2], label: 1 }, { inputIds: [0, 6, 7, 8, 2], label: 0 }];
 * const batches = lengthBucketedBatches(encoded, { batchSize: 2, seed: 1, padId: 1 });
 * for (let step = 0; step < 3 * batches.batchesPerEpoch; step += 1) {
 *   const { inputIds, attentionMask, labels, size, length } = batches.batch(step);
 *   console.log(step, size, length, inputIds, attentionMask, labels);
 * }
 * ```
 */
export function lengthBucketedBatches(
  encoded: readonly EncodedExample[],
  options: ShuffledBatchOptions & LabelOptions,
): BatchSource<Batch> {
  const { batchSize, seed, shuffle = true, kind = "classification" } = options;
  const padding = checkOptions(options);
  const lengths = checkLengths(encoded);
  checkLabels(encoded, kind);
  const plan = bucketPlan(lengths, { batchSize, seed, shuffle });
  return source(plan, (indices) => collateLabelled(encoded, indices, padding, kind));
}

/**
 * Evaluation batches: the data set sorted by length, longest first, so that padding is least and a batch too large for
 * memory shows at once. `Batch.indices` puts results back into the order of the data set. Every epoch is the same; the
 * last batch may be short.
 *
 * @throws ConfigError `bad_batch_option`, `empty_data_set`, `empty_example`, `bad_label`
 *
 * @example
 * ```ts
 * import { sequentialBatches } from "@dylora/data";
 *
 * const encoded = [{ inputIds: [0, 5, 2] }, { inputIds: [0, 6, 7, 8, 2] }, { inputIds: [0, 9, 2] }];
 * const batches = sequentialBatches(encoded, { batchSize: 2, padId: 1 });
 * const lengths = new Array<number>(encoded.length);
 * for (let i = 0; i < batches.batchesPerEpoch; i += 1) {
 *   const { attentionMask, indices, length } = batches.batch(i);
 *   indices.forEach((position, row) => {
 *     lengths[position] = attentionMask.subarray(row * length, (row + 1) * length).reduce((a, b) => a + b);
 *   });
 * }
 * console.log(lengths); // [3, 5, 3]
 * ```
 */
export function sequentialBatches(
  encoded: readonly EncodedExample[],
  options: BatchOptions & LabelOptions,
): BatchSource<Batch> {
  const { batchSize, kind = "classification" } = options;
  const padding = checkOptions(options);
  const lengths = checkLengths(encoded);
  checkLabels(encoded, kind);
  return source(longestFirstPlan(lengths, batchSize), (indices) => collateLabelled(encoded, indices, padding, kind));
}

/**
 * {@link lengthBucketedBatches} for causal language modelling: a label for every token.
 *
 * @throws ConfigError `bad_batch_option`, `empty_data_set`, `empty_example`, `bad_label`
 */
export function lengthBucketedCausalBatches(
  encoded: readonly EncodedCompletion[],
  options: ShuffledBatchOptions,
): BatchSource<CausalBatch> {
  const { batchSize, seed, shuffle = true } = options;
  const padding = checkOptions(options);
  const lengths = checkLengths(encoded);
  checkTokenLabels(encoded);
  const plan = bucketPlan(lengths, { batchSize, seed, shuffle });
  return source(plan, (indices) => collateCausal(encoded, indices, padding));
}

/**
 * {@link sequentialBatches} for causal language modelling: a label for every token.
 *
 * @throws ConfigError `bad_batch_option`, `empty_data_set`, `empty_example`, `bad_label`
 */
export function sequentialCausalBatches(
  encoded: readonly EncodedCompletion[],
  options: BatchOptions,
): BatchSource<CausalBatch> {
  const padding = checkOptions(options);
  const lengths = checkLengths(encoded);
  checkTokenLabels(encoded);
  const plan = longestFirstPlan(lengths, options.batchSize);
  return source(plan, (indices) => collateCausal(encoded, indices, padding));
}
