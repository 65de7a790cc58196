import { expectAllClose } from "@dylora/test-kit";
import type { Golden } from "./golden.ts";

/** Where a parameter of an adapter lies in a flat buffer; entries of `ParameterStore` of `@dylora/lora-core` are this. */
export interface FlatParameter {
  /** Name in the model: PEFT's without its prefixes. */
  readonly name: string;
  /** Shape as stored; `lora_B` is rank-major, `[r, out]`. */
  readonly shape: readonly number[];
  /** Index of its first number. */
  readonly offset: number;
  /** How many numbers it has. */
  readonly size: number;
  /** `lora_A`, `lora_B` or another kind. */
  readonly kind: string;
}

/**
 * Compares numbers of order one with a golden tensor: 1e-4 absolute.
 *
 * @throws Error naming the tensor and the worst number
 */
export function expectGolden(actual: ArrayLike<number>, golden: Golden, name: string): void {
  const expected = golden.floats(name);
  const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
  expectAllClose(actual, expected, { tolerance: 1e-4 / scale, what: name });
}

/**
 * Compares a flat buffer of adapter parameters (their values, or gradients) with every golden tensor below a prefix.
 * Golden tensors have PEFT's names and PEFT's B, `[out, r]`.
 *
 * @param kinds kinds of parameter that the golden file must hold all of, and nothing else; default all
 * @param tolerance in units of the largest number of each tensor; default 1e-4
 * @throws Error naming the tensor and the worst number, or a tensor that only one side has
 */
export function expectGoldenParameters(
  parameters: readonly FlatParameter[],
  flat: Float32Array,
  golden: Golden,
  prefix: string,
  kinds?: readonly string[],
  tolerance = 1e-4,
): void {
  const names = golden.names.filter((name) => name.startsWith(prefix));
  const byName = new Map(names.map((name) => [ownName(name.slice(prefix.length)), name]));
  const wanted = parameters.filter(({ kind }) => kinds?.includes(kind) ?? true);
  const missing = wanted.find(({ name }) => !byName.has(name));
  if (missing !== undefined) throw new Error(`no golden tensor ${prefix}… for ${missing.name}`);
  if (byName.size !== wanted.length) throw new Error(`${byName.size} golden tensors ${prefix}…, ${wanted.length} here`);
  for (const { name, kind, shape, offset, size } of wanted) {
    const golden64 = Float64Array.from(golden.floats(byName.get(name) as string));
    const own = Float64Array.from(flat.subarray(offset, offset + size));
    const largest = golden64.reduce((found, value) => Math.max(found, Math.abs(value)), 0);
    const unit = largest === 0 ? 1 : largest;
    const actual = kind === "lora_B" ? transposed(own, shape) : own;
    expectAllClose(
      actual.map((value) => value / unit),
      golden64.map((value) => value / unit),
      { tolerance: largest === 0 ? 0 : tolerance, what: prefix + name },
    );
  }
}

/** PEFT's name of a parameter, in memory or saved, as the name in the model. */
function ownName(name: string): string {
  return name.replace("base_model.model.", "").replace("modules_to_save.", "");
}

/** Bᵀ `[r, out]` as PEFT's B `[out, r]`. */
function transposed(values: Float64Array, [rows = 0, columns = 0]: readonly number[]): Float64Array {
  return values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)] ?? Number.NaN);
}
