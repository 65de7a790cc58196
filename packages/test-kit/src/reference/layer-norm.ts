import { at, type Matrix, matrixFrom } from "./matrix.ts";

/** Normalises each row to mean 0 and (biased) variance 1, then scales and shifts the columns. */
export function layerNorm(x: Matrix, gamma: ArrayLike<number>, beta: ArrayLike<number>, epsilon: number): Matrix {
  const moments = Array.from({ length: x.rows }, (_, row) => {
    let mean = 0;
    for (let column = 0; column < x.columns; column++) mean += at(x, row, column) / x.columns;
    let variance = 0;
    for (let column = 0; column < x.columns; column++) variance += (at(x, row, column) - mean) ** 2 / x.columns;
    return { mean, deviation: Math.sqrt(variance + epsilon) };
  });
  return matrixFrom(x.rows, x.columns, (row, column) => {
    const { mean, deviation } = moments[row] as { mean: number; deviation: number };
    return ((at(x, row, column) - mean) / deviation) * (gamma[column] as number) + (beta[column] as number);
  });
}
