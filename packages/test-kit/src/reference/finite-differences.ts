/**
 * Gradient of a scalar function by central differences in float64: an error of about 1e-9 on functions of order one.
 *
 * @param f reads `values` and computes the scalar
 * @param values the point; changed while this runs, and left as it was
 * @param step half the distance between the two points compared
 */
export function finiteDifferences(f: () => number, values: Float64Array, step = 1e-5): Float64Array {
  return values.map((value, index) => {
    values[index] = value + step;
    const above = f();
    values[index] = value - step;
    const below = f();
    values[index] = value;
    return (above - below) / (2 * step);
  });
}
