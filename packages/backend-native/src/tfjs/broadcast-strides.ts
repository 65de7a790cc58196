/** A dimension of two arrays walked side by side: how many indices, and elements from one to the next in each. */
export type BroadcastDim = readonly [size: number, strideA: number, strideB: number];

/** Elements from one index to the next in each dimension of an array that lies row-major. */
export function stridesOf(shape: readonly number[]): number[] {
  let stride = 1;
  const strides = shape.toReversed().map((size) => {
    const own = stride;
    stride *= size;
    return own;
  });
  return strides.reverse();
}

/** The same walk in as few dimensions as it takes, at least one, as the addon reads it. */
export function mergedDims(dims: readonly BroadcastDim[]): Int32Array {
  const merged: BroadcastDim[] = [];
  for (const [size, strideA, strideB] of dims) {
    if (size === 1) continue;
    const before = merged.at(-1);
    if (before !== undefined && before[1] === size * strideA && before[2] === size * strideB) {
      merged[merged.length - 1] = [before[0] * size, strideA, strideB];
    } else {
      merged.push([size, strideA, strideB]);
    }
  }
  return Int32Array.from((merged.length === 0 ? [[1, 1, 1]] : merged).flat());
}

/** Strides of an operand along a shape that it is repeated to: 0 where it has one index or none. */
export function broadcastStrides(shape: readonly number[], result: readonly number[]): number[] {
  const missing = result.length - shape.length;
  const strides = stridesOf(shape);
  return result.map((_, dim) => (dim < missing || shape[dim - missing] === 1 ? 0 : (strides[dim - missing] as number)));
}
