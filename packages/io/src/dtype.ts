import type { NumericArray } from "./tensor-data.ts";

/** Element type as safetensors spells it, for instance `F32` or `BF16`. Its sub-byte types (F4, F6) are not supported. */
export type Dtype =
  | "BOOL"
  | "U8"
  | "I8"
  | "F8_E5M2"
  | "F8_E4M3"
  | "F8_E8M0"
  | "I16"
  | "U16"
  | "F16"
  | "BF16"
  | "I32"
  | "U32"
  | "F32"
  | "C64"
  | "F64"
  | "I64"
  | "U64";

/**
 * Bytes of one element of every type that a safetensors header may name here, in the order by which the reference
 * writer lays tensors out, backwards (`Dtype` in safetensors' `tensor.rs`).
 */
export const DTYPE_BYTES: Readonly<Record<Dtype, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  F8_E8M0: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  C64: 8,
  F64: 8,
  I64: 8,
  U64: 8,
};

const WRITE_ORDER = new Map(Object.keys(DTYPE_BYTES).map((dtype, index) => [dtype, index]));

/** True when `value` names an element type that {@link DTYPE_BYTES} knows. */
export function isDtype(value: unknown): value is Dtype {
  return typeof value === "string" && WRITE_ORDER.has(value);
}

/** Sorts element types as the reference writer does: larger alignment first. */
export function compareDtypes(a: Dtype, b: Dtype): number {
  return WRITE_ORDER.get(b)! - WRITE_ORDER.get(a)!;
}

/** The element type under which a typed array is stored: `Float32Array` → `F32`, `Int32Array` → `I32`, … */
export function dtypeOf(data: NumericArray): Dtype {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Float64Array) return "F64";
  if (data instanceof Int32Array) return "I32";
  if (data instanceof Uint32Array) return "U32";
  if (data instanceof Int16Array) return "I16";
  if (data instanceof Uint16Array) return "U16";
  if (data instanceof Int8Array) return "I8";
  if (data instanceof BigInt64Array) return "I64";
  if (data instanceof BigUint64Array) return "U64";
  return "U8";
}
