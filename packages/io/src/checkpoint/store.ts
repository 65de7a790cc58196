import type { JsonValue } from "../json.ts";
import type { NumericArray } from "../tensor-data.ts";

/** Everything a training run needs to go on as if it had never stopped. */
export interface Checkpoint {
  /** Number of optimiser steps done, from 0. */
  readonly step: number;
  /** Flat arrays by name: weights, optimiser moments. */
  readonly tensors: Readonly<Record<string, NumericArray>>;
  /** Everything else: configuration, sampler and random state, data position. */
  readonly metadata: JsonValue;
}

/** A checkpoint that was read back. */
export interface LoadedCheckpoint extends Checkpoint {
  /** One line for every newer checkpoint that was skipped because it is damaged. */
  readonly warnings: readonly string[];
}

/**
 * Where a training run leaves its checkpoints. Any object with these three members will do.
 *
 * @example
 * ```ts
 * import { memoryCheckpointStore } from "@dylora/io";
 *
 * const store = memoryCheckpointStore();
 * await store.save({ step: 10, tensors: { weight: Float32Array.of(1, 2) }, metadata: { seed: 1 } });
 * console.log((await store.latest())?.step);
 * ```
 */
export interface CheckpointStore {
  /**
   * Stores a checkpoint; once the promise resolves it survives a crash. The arrays must not change before.
   *
   * @throws `ConfigError` `bad_checkpoint` for a step that is not a whole number from 0.
   */
  save(checkpoint: Checkpoint): Promise<void>;
  /**
   * The checkpoint saved last, or the newest undamaged one with a warning; `undefined` when there is none. Its
   * arrays are the caller's own.
   *
   * @throws `FormatError` `checkpoint_corrupt` when there are checkpoints and all are damaged.
   */
  latest(): Promise<LoadedCheckpoint | undefined>;
  /** Steps of the checkpoints kept, the one saved last first. */
  list(): Promise<readonly number[]>;
}

/** How many checkpoints a store keeps when it is not told. */
export const DEFAULT_KEPT_CHECKPOINTS = 2;
