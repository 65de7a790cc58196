import { ShapeError } from "@dylora/errors";
import { checkSequences, type KeyValueCache } from "@dylora/tensor";
import type { NativeCache } from "./addon/addon.ts";
import { CacheStorage } from "./cache-storage.ts";
import type { KernelContext } from "./kernel-context.ts";

/** Rows of the storage that hold the first `width` tokens of each sequence, `[batch, width]`. */
interface RowTable {
  readonly rows: Int32Array;
  readonly width: number;
}

/** Tokens that a new storage has room for beyond those it starts with, at least. */
const leastRoom = 32;
/** And at most, where the caller knows how many will come: they may end sooner. */
const mostRoom = 256;

/**
 * A cache whose tokens lie in a storage that it may share: continuing it writes the new ones behind, and choosing
 * sequences copies nothing but row numbers. It is copied when the storage is full, has too few rows, or was continued by
 * another cache before.
 */
export class NativeKeyValueCache implements KeyValueCache {
  readonly batch: number;
  readonly heads: number;
  readonly size: number;
  readonly length: number;
  readonly #table: RowTable | undefined;
  #storage: CacheStorage | undefined;

  /** Takes over one hold on the storage. @param table undefined: every sequence has the row of its number */
  constructor(storage: CacheStorage, batch: number, length: number, table?: RowTable) {
    this.batch = batch;
    this.heads = storage.shape.heads;
    this.size = storage.shape.size;
    this.length = length;
    this.#storage = storage;
    this.#table = table;
  }

  select(sequences: readonly number[]): NativeKeyValueCache {
    const { batch, length } = this;
    checkSequences(sequences, batch);
    const storage = this.#live();
    const rows = new Int32Array(sequences.length * length);
    for (const [to, from] of sequences.entries()) this.#writeRows(from, rows, to * length);
    storage.hold();
    return new NativeKeyValueCache(storage, sequences.length, length, { rows, width: length });
  }

  dispose(): void {
    this.#storage?.release();
    this.#storage = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /**
   * Continues it by tokens that `write` computes and puts into the storage it is given.
   *
   * @param expected tokens that it will come to hold; undefined: unknown
   * @returns the longer cache; this one stays
   */
  extend(
    context: KernelContext,
    length: number,
    expected: number | undefined,
    write: (cache: NativeCache) => void,
  ): NativeKeyValueCache {
    const { batch, heads, size } = this;
    const storage = this.#live();
    const { rows, capacity } = storage.shape;
    const total = this.length + length;
    if (storage.bfloat16 !== context.bfloat16) {
      throw new ShapeError("foreign_cache", "the cache was made in another precision; start the text anew");
    }
    if (storage.used === this.length && total <= capacity && batch <= rows) {
      write(this.#native(storage));
      storage.used = total;
      storage.hold();
      return new NativeKeyValueCache(storage, batch, total, this.#table);
    }
    return newCache(context, { rows: batch, capacity: roomFor(total, expected), heads, size }, total, (cache) => {
      context.addon.copyCache(context.bfloat16, heads, size, batch, this.length, this.#native(storage), cache);
      write(cache);
    });
  }

  #native(storage: CacheStorage): NativeCache {
    return { ...nativeCache(storage), table: this.#table?.rows ?? null, width: this.#table?.width ?? 0 };
  }

  /** Row of each token of a sequence, from `at` on. */
  #writeRows(sequence: number, target: Int32Array, at: number): void {
    const width = this.#table?.width ?? 0;
    if (this.#table !== undefined) target.set(this.#table.rows.subarray(sequence * width, (sequence + 1) * width), at);
    target.fill(sequence, at + width, at + this.length);
  }

  #live(): CacheStorage {
    if (this.#storage === undefined) throw new ShapeError("disposed", "this cache has been disposed");
    return this.#storage;
  }
}

/**
 * The cache of texts that begin.
 *
 * @param expected tokens that it will come to hold; undefined: unknown
 * @param write as {@link NativeKeyValueCache.extend} has it
 */
export function startCache(
  context: KernelContext,
  { batch, length, heads, size }: Pick<KeyValueCache, "batch" | "length" | "heads" | "size">,
  expected: number | undefined,
  write: (cache: NativeCache) => void,
): NativeKeyValueCache {
  return newCache(context, { rows: batch, capacity: roomFor(length, expected), heads, size }, length, write);
}

function newCache(
  context: KernelContext,
  shape: CacheStorage["shape"],
  length: number,
  write: (cache: NativeCache) => void,
): NativeKeyValueCache {
  const storage = new CacheStorage(context, shape);
  try {
    write(nativeCache(storage));
  } catch (error) {
    storage.release();
    throw error;
  }
  storage.used = length;
  return new NativeKeyValueCache(storage, shape.rows, length);
}

function nativeCache({ values, shape: { rows, capacity } }: CacheStorage): NativeCache {
  return { values, rows, capacity, table: null, width: 0 };
}

/** As many as are expected, if not too many; else half as many again: a token's share of all copying stays constant. */
function roomFor(tokens: number, expected: number | undefined): number {
  const usual = tokens + Math.max(leastRoom, tokens >> 1);
  return expected === undefined || expected < tokens ? usual : Math.min(expected, Math.max(usual, tokens + mostRoom));
}
