import type { Dtype } from "../dtype.ts";
import { narrowToBf16, narrowToF16 } from "../half-float.ts";
import { bytesOf } from "./encode.ts";

/** Float types in which weights may be written, under transformers' names. */
export type FloatDtype = "float32" | "float16" | "bfloat16";

/** safetensors' name for each {@link FloatDtype}. */
export const FLOAT_DTYPES: Readonly<Record<FloatDtype, Dtype>> = { float32: "F32", float16: "F16", bfloat16: "BF16" };

/** Bytes of float32 values stored in another float type, rounded to nearest, ties to even. */
export function floatBytes(values: Float32Array, dtype: FloatDtype): Uint8Array {
  if (dtype === "float16") return bytesOf(narrowToF16(values));
  if (dtype === "bfloat16") return bytesOf(narrowToBf16(values));
  return bytesOf(values);
}
