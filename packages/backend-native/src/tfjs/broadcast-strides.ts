/** A dimension of two arrays walked side by side: how many indices, and elements from one to the next in each. */
export type PairedDim = readonly [size: number, stepA: number, stepB: number];

/** Elements from one index to the next in each dimension of an array that lies row-major. */
export function stepsOf(shape: readonly number[]): number[] {
  let step = 1;
  const steps = shape.toReversed().map((size) => {
    const own = step;
    step *= size;
    return own;
  });
  return steps.reverse();
}

/** The same walk in as few dimensions as it takes, at least one, as the addon reads it. */
export function mergedDims(dims: readonly PairedDim[]): Int32Array {
  const merged: PairedDim[] = [];
  for (const [size, stepA, stepB] of dims) {
    if (size === 1) continue;
    const before = merged.at(-1);
    if (before !== undefined && before[1] === size * stepA && before[2] === size * stepB) {
      merged[merged.length - 1] = [before[0] * size, stepA, stepB];
    } else {
      merged.push([size, stepA, stepB]);
    }
  }
  return Int32Array.from((merged.length === 0 ? [[1, 1, 1]] : merged).flat());
}

/** Steps of an operand along a shape that it is repeated to: 0 where it has one index or none. */
export function repeatedSteps(shape: readonly number[], result: readonly number[]): number[] {
  const missing = result.length - shape.length;
  const steps = stepsOf(shape);
  return result.map((_, dim) => (dim < missing || shape[dim - missing] === 1 ? 0 : (steps[dim - missing] as number)));
}
