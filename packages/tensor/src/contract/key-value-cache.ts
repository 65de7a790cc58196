import { ConfigError } from "@dylora/errors";

/**
 * Keys and values of the tokens a block has seen. Opaque: the backend keeps them in the form that it attends to fastest.
 * It never changes: {@link cachedBlock} gives one with the new tokens added, which may share memory with it. Whoever
 * holds a cache disposes it, in any order.
 *
 * @experimental
 */
export interface KeyValueCache {
  /** Sequences. */
  readonly batch: number;
  /** Attention heads. */
  readonly heads: number;
  /** Features of a head. */
  readonly size: number;
  /** Tokens seen of each sequence, padding included. */
  readonly length: number;
  /**
   * A cache of other sequences that begin as these: some left out, some several times, in another order. This one stays.
   *
   * @param sequences for each sequence of the result, the number of the one it continues
   * @throws ConfigError `id_out_of_range` for a number that is no sequence of this cache, and for an empty list
   */
  select(sequences: readonly number[]): KeyValueCache;
  /** Lets go of the keys and values. Calling it twice does nothing. */
  dispose(): void;
  /** The same as `dispose`, for `using`. */
  [Symbol.dispose](): void;
}

/** @throws ConfigError `id_out_of_range` unless there are numbers, each from 0 to below `batch`; for backends' caches */
export function checkSequences(sequences: readonly number[], batch: number): void {
  const unknown = sequences.find((sequence) => !Number.isInteger(sequence) || sequence < 0 || sequence >= batch);
  if (unknown !== undefined) {
    throw new ConfigError("id_out_of_range", `${unknown} is not one of the ${batch} sequences in the cache`);
  }
  if (sequences.length === 0) throw new ConfigError("id_out_of_range", "no sequence of the cache was chosen");
}
