/** Every typed array whose elements safetensors can hold. */
export type NumericArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** A dense row-major tensor as plain data, tied to no tensor library. */
export interface TensorData<D extends NumericArray = Float32Array> {
  /** Sizes of the dimensions, outermost first; empty for a scalar. */
  readonly shape: readonly number[];
  /** The elements in row-major order; as many as the product of `shape`. */
  readonly data: D;
}

/** Number of elements of a tensor of this shape: the product of its dimensions, 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}
