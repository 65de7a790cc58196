/** A dense row-major matrix in float64. */
export interface Matrix {
  /** Number of rows. */
  readonly rows: number;
  /** Number of columns. */
  readonly columns: number;
  /** `rows * columns` numbers, row by row. */
  readonly values: Float64Array;
}

/** A matrix of the given numbers (copied), or of zeros. */
export function matrix(rows: number, columns: number, values?: ArrayLike<number>): Matrix {
  if (values !== undefined && values.length !== rows * columns) {
    throw new RangeError(`${values.length} numbers for a matrix of ${rows} by ${columns}`);
  }
  return { rows, columns, values: values === undefined ? new Float64Array(rows * columns) : Float64Array.from(values) };
}

/** The number at a row and column. */
export function at(m: Matrix, row: number, column: number): number {
  return m.values[row * m.columns + column] as number;
}

/** A matrix whose numbers a function gives. */
export function matrixFrom(rows: number, columns: number, of: (row: number, column: number) => number): Matrix {
  const result = matrix(rows, columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) result.values[row * columns + column] = of(row, column);
  }
  return result;
}

/** The transpose. */
export function transpose(m: Matrix): Matrix {
  return matrixFrom(m.columns, m.rows, (row, column) => at(m, column, row));
}

/** a · b. */
export function multiply(a: Matrix, b: Matrix): Matrix {
  if (a.columns !== b.rows) throw new RangeError(`[${a.rows}, ${a.columns}] · [${b.rows}, ${b.columns}]`);
  return matrixFrom(a.rows, b.columns, (row, column) => {
    let sum = 0;
    for (let k = 0; k < a.columns; k++) sum += at(a, row, k) * at(b, k, column);
    return sum;
  });
}

/** a + b, element by element. */
export function sum(a: Matrix, b: Matrix): Matrix {
  return matrixFrom(a.rows, a.columns, (row, column) => at(a, row, column) + at(b, row, column));
}

/** Each number times the factor at its place in a list in row-major order, such as a dropout mask. */
export function scaleEach(m: Matrix, factors: ArrayLike<number> | undefined): Matrix {
  if (factors === undefined) return m;
  if (factors.length !== m.values.length)
    throw new RangeError(`${factors.length} factors for ${m.values.length} numbers`);
  return matrix(
    m.rows,
    m.columns,
    m.values.map((value, index) => value * (factors[index] as number)),
  );
}

/** Columns `from` to `to` (exclusive). */
export function columns(m: Matrix, from: number, to: number): Matrix {
  return matrixFrom(m.rows, to - from, (row, column) => at(m, row, from + column));
}

/** The given matrices side by side. */
export function beside(parts: readonly Matrix[]): Matrix {
  const rows = parts[0]?.rows ?? 0;
  const values: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (const part of parts) values.push(...part.values.subarray(row * part.columns, (row + 1) * part.columns));
  }
  return matrix(rows, rows === 0 ? 0 : values.length / rows, values);
}
