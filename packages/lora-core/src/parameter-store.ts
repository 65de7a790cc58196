import { ResourceError, ShapeError } from "@dylora/errors";

/** Largest buffer that every supported JavaScript engine can hold. */
const MAX_BYTES = 2 ** 32;

/** One trainable parameter in the flat layout. */
export interface ParameterEntry {
  /** Full name; for pairs PEFT's, `<path>.lora_A.weight`. */
  readonly name: string;
  /** Shape as stored, row-major. For `lora_B` this is `[r, out]`: rank-major, PEFT's matrix transposed. */
  readonly shape: readonly number[];
  /** Index of its first number in the flat buffer. */
  readonly offset: number;
  /** How many numbers it has. */
  readonly size: number;
  /** What it is: a factor of a pair, whose rows are ranks, or a parameter trained whole. */
  readonly kind: "lora_A" | "lora_B" | "full";
}

/** What {@link ParameterStore} is made from. */
export type ParameterSpec = Pick<ParameterEntry, "name" | "shape" | "kind">;

/**
 * All trainable parameters of an adapter in one flat buffer of host memory: one optimiser call, one checkpoint, one
 * buffer to reduce over workers, the same numbers on every backend. Both factors of a pair are rank-major, so the first
 * b ranks of each are a contiguous prefix, sent to the backend without copying them together first.
 *
 * @example
 * ```ts
 * import { ParameterStore } from "@dylora/lora-core";
 *
 * const store = new ParameterStore([
 *   { name: "query.lora_A.weight", shape: [2, 4], kind: "lora_A" },
 *   { name: "query.lora_B.weight", shape: [2, 3], kind: "lora_B" },
 * ]);
 * store.get("query.lora_B.weight")[0] = 1;
 * console.log(store.entry("query.lora_B.weight").offset, store.values[8]); // 8 1
 * ```
 */
export class ParameterStore {
  /** The parameters, in buffer order. */
  readonly entries: readonly ParameterEntry[];
  /** Their values, one parameter after the other. Write into it, or into what {@link ParameterStore.get} gives. */
  readonly values: Float32Array;
  readonly #byName: ReadonlyMap<string, ParameterEntry>;

  /**
   * Lays parameters out one after the other, all zero.
   *
   * @param specs in buffer order
   * @throws ShapeError `duplicate_parameter`
   * @throws ResourceError `out_of_memory` when they do not fit into one buffer of 4 GiB
   */
  constructor(specs: readonly ParameterSpec[]) {
    let offset = 0;
    this.entries = specs.map((spec) => {
      const size = spec.shape.reduce((product, dimension) => product * dimension, 1);
      const entry = { ...spec, offset, size };
      offset += size;
      return entry;
    });
    this.#byName = new Map(this.entries.map((entry) => [entry.name, entry]));
    const twice = this.entries.find((entry) => this.#byName.get(entry.name) !== entry);
    if (twice !== undefined) throw new ShapeError("duplicate_parameter", `two parameters are named "${twice.name}"`);
    if (offset * Float32Array.BYTES_PER_ELEMENT > MAX_BYTES) {
      throw new ResourceError("out_of_memory", `${offset} trainable numbers are above the limit of ${MAX_BYTES / 4}`);
    }
    this.values = new Float32Array(offset);
  }

  /**
   * The entry of a name.
   *
   * @throws ShapeError `unknown_parameter`
   */
  entry(name: string): ParameterEntry {
    const entry = this.#byName.get(name);
    if (entry === undefined) throw new ShapeError("unknown_parameter", `there is no parameter "${name}"`);
    return entry;
  }

  /**
   * Values of a parameter, row-major: a live view, not a copy.
   *
   * @throws ShapeError `unknown_parameter`
   */
  get(name: string): Float32Array {
    const { offset, size } = this.entry(name);
    return this.values.subarray(offset, offset + size);
  }

  /**
   * Copies values into a parameter.
   *
   * @throws ShapeError `unknown_parameter`, or `bad_shape` when the count differs
   */
  set(name: string, values: ArrayLike<number>): void {
    const own = this.get(name);
    if (values.length !== own.length) {
      throw new ShapeError("bad_shape", `"${name}" holds ${own.length} numbers, got ${values.length}`);
    }
    own.set(values);
  }
}
