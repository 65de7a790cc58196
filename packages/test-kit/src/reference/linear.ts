import { at, type Matrix, matrixFrom, multiply, scaleEach, sum, transpose } from "./matrix.ts";

/** A linear layer. */
export interface ReferenceLinear {
  /** `[in, out]`. */
  readonly weight: Matrix;
  /** `[out]`. */
  readonly bias?: ArrayLike<number>;
}

/** A LoRA pair with its gate. */
export interface ReferenceLora {
  /** `[r, in]`. */
  readonly A: Matrix;
  /** `[r, out]`. */
  readonly Bt: Matrix;
  /** One factor, `[r]`, or `[examples, r]`. */
  readonly gate: number | readonly number[] | readonly (readonly number[])[];
  /** Dropout mask on the input of A, as long as the input. */
  readonly mask?: ArrayLike<number>;
}

/** x · W + bias. */
export function linear(x: Matrix, { weight, bias }: ReferenceLinear): Matrix {
  const product = multiply(x, weight);
  if (bias === undefined) return product;
  return matrixFrom(x.rows, weight.columns, (row, column) => at(product, row, column) + (bias[column] as number));
}

function gateAt(gate: ReferenceLora["gate"], example: number, rank: number): number {
  if (typeof gate === "number") return gate;
  const entry = gate[example] as number | readonly number[];
  return typeof entry === "number" ? (gate[rank] as number) : (entry[rank] as number);
}

/** ((x ∘ mask) · Aᵀ ∘ g) · Bᵀ. */
export function loraDelta(x: Matrix, { A, Bt, gate, mask }: ReferenceLora, examples: number): Matrix {
  const bottleneck = multiply(scaleEach(x, mask), transpose(A));
  const perExample = Array.isArray(gate) && Array.isArray(gate[0]);
  const gated = matrixFrom(x.rows, A.rows, (row, rank) => {
    const example = perExample ? Math.floor(row / (x.rows / examples)) : 0;
    return at(bottleneck, row, rank) * gateAt(gate, example, rank);
  });
  return multiply(gated, Bt);
}

/** x · W + bias + the delta of every pair. */
export function loraLinear(
  x: Matrix,
  layer: ReferenceLinear,
  pairs: readonly ReferenceLora[],
  examples: number,
): Matrix {
  return pairs.reduce((y, pair) => sum(y, loraDelta(x, pair, examples)), linear(x, layer));
}
