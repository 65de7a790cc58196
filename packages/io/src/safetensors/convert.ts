import { FormatError } from "@dylora/errors";
import type { Dtype } from "../dtype.ts";
import { widenBf16, widenF16 } from "../half-float.ts";
import type { NumericArray } from "../tensor-data.ts";

const TYPED_ARRAYS: Partial<
  Record<
    Dtype,
    { new (buffer: ArrayBufferLike, offset: number, length: number): NumericArray; BYTES_PER_ELEMENT: number }
  >
> = {
  BOOL: Uint8Array,
  U8: Uint8Array,
  I8: Int8Array,
  I16: Int16Array,
  U16: Uint16Array,
  I32: Int32Array,
  U32: Uint32Array,
  F32: Float32Array,
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
};

/** The same bytes at an address that a typed array of this element size may view; copied only when they are not. */
function aligned(bytes: Uint8Array, elementBytes: number): Uint8Array {
  return bytes.byteOffset % elementBytes === 0 ? bytes : new Uint8Array(bytes);
}

/** A typed array of the element type over `bytes`, without a copy; `undefined` for a type that has none. */
export function nativeArray(dtype: Dtype, bytes: Uint8Array): NumericArray | undefined {
  const Ctor = TYPED_ARRAYS[dtype];
  if (!Ctor) return undefined;
  const { buffer, byteOffset } = aligned(bytes, Ctor.BYTES_PER_ELEMENT);
  return new Ctor(buffer, byteOffset, bytes.byteLength / Ctor.BYTES_PER_ELEMENT);
}

/** Writes the values that `bytes` hold into `out`, from index `at`. */
type Convert<Out> = (bytes: Uint8Array, out: Out, at: number) => void;

/** How to make float32 of another float type; `undefined` for a type that is not a float. */
export function convertFloat32(dtype: Dtype): Convert<Float32Array> | undefined {
  if (dtype === "F16") return (bytes, out, at) => widenF16(nativeArray("U16", bytes) as Uint16Array, out, at);
  if (dtype === "BF16") return (bytes, out, at) => widenBf16(nativeArray("U16", bytes) as Uint16Array, out, at);
  if (dtype === "F64" || dtype === "F32") {
    return (bytes, out, at) => out.set(nativeArray(dtype, bytes) as Float64Array, at);
  }
  return undefined;
}

const INTEGER_TYPES: readonly Dtype[] = ["BOOL", "U8", "I8", "I16", "U16", "I32", "U32", "I64", "U64"];

/**
 * How to make int32 of an integer type; `undefined` for a type that is not one.
 *
 * @param what file and tensor, for the message when a value does not fit
 */
export function convertInt32(dtype: Dtype, what: string): Convert<Int32Array> | undefined {
  if (!INTEGER_TYPES.includes(dtype)) return undefined;
  return (bytes, out, at) => {
    const values = nativeArray(dtype, bytes)!;
    for (let i = 0; i < values.length; i++) {
      const value = Number(values[i]);
      if (value !== (value | 0)) {
        throw new FormatError("integer_out_of_range", `${what}: ${values[i]} at index ${at + i} does not fit int32`);
      }
      out[at + i] = value;
    }
  };
}
