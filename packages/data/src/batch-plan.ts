import { checkWhole } from "@dylora/errors";
import { epochGenerator, shuffleInPlace } from "./epoch-random.ts";

/** Which examples go into which micro-batch. */
export interface BatchPlan {
  /** Micro-batches that visit every example exactly once. */
  readonly batchesPerEpoch: number;
  /** Positions in the data set of the examples of one micro-batch, by its number counted over all epochs. */
  indices(index: number): Int32Array;
}

// As Hugging Face's LengthGroupedSampler: pools large enough to save padding, small enough to keep batches varied.
const POOL_BATCHES = 50;

/** `order` in consecutive pieces of `size`, the last one possibly shorter. */
const cut = (order: Int32Array, size: number): Int32Array[] =>
  Array.from({ length: Math.ceil(order.length / size) }, (_, i) => order.subarray(i * size, (i + 1) * size));

/** Sorts positions by length, ascending; equal lengths keep their order. */
function sortByLength(order: Int32Array, lengths: ArrayLike<number>): void {
  // Numeric keys sort natively, without a comparator call for each pair.
  const keys = Float64Array.from(order, (position, i) => lengths[position]! * order.length + i).sort();
  const before = order.slice();
  for (let i = 0; i < keys.length; i += 1) order[i] = before[keys[i]! % order.length]!;
}

const checkIndex = (index: number): void => {
  checkWhole("bad_batch_index", "batch index", index, { min: 0 });
};

/** Batches of similar lengths, drawn anew each epoch (or always the same ones, where `shuffle` is false). */
export function bucketPlan(
  lengths: ArrayLike<number>,
  settings: { readonly batchSize: number; readonly seed: number; readonly shuffle: boolean },
): BatchPlan {
  const { batchSize, seed, shuffle } = settings;
  const batchesPerEpoch = Math.ceil(lengths.length / batchSize);

  const planEpoch = (epoch: number): Int32Array[] => {
    const order = Int32Array.from({ length: lengths.length }, (_, i) => i);
    const generator = epochGenerator(seed, epoch);
    if (shuffle) shuffleInPlace(order, generator);
    for (const pool of cut(order, POOL_BATCHES * batchSize)) sortByLength(pool, lengths);
    const batches = cut(order, batchSize);
    if (!shuffle) return batches;
    const ranks = Int32Array.from({ length: batches.length }, (_, i) => i);
    shuffleInPlace(ranks, generator);
    return Array.from(ranks, (rank) => batches[rank]!);
  };

  // Only a memo: any epoch can be planned again from (seed, epoch).
  let latest = { epoch: -1, batches: [] as Int32Array[] };
  return {
    batchesPerEpoch,
    indices(index) {
      checkIndex(index);
      const epoch = shuffle ? Math.floor(index / batchesPerEpoch) : 0;
      if (latest.epoch !== epoch) latest = { epoch, batches: planEpoch(epoch) };
      return latest.batches[index % batchesPerEpoch]!.slice();
    },
  };
}

/** Batches over the whole data set sorted by length, longest first, the same in every epoch. */
export function longestFirstPlan(lengths: ArrayLike<number>, batchSize: number): BatchPlan {
  const order = Int32Array.from({ length: lengths.length }, (_, i) => i);
  sortByLength(order, lengths);
  const batches = cut(order.reverse(), batchSize);
  return {
    batchesPerEpoch: batches.length,
    indices(index) {
      checkIndex(index);
      return batches[index % batches.length]!.slice();
    },
  };
}
