import type { LoraOperand } from "@dylora/tensor";
import {
  type DropoutArguments,
  dropoutArguments,
  type KernelContext,
  type Matrix,
  multiply,
} from "./kernel-context.ts";

/** A LoRA pair in memory, with the rows it works on. */
export interface PairInMemory {
  readonly rank: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly rows: number;
  readonly rowsOfExample: number;
  /** A `[r, in]`. */
  readonly A: Matrix;
  /** Bᵀ `[r, out]`. */
  readonly Bt: Matrix;
  /** A factor, or gates and the elements from one example's to the next's (0: one for all). */
  readonly gate: number | Matrix;
  readonly dropout: DropoutArguments | undefined;
}

/** Looks a pair up. */
export function pairInMemory(
  { memory }: KernelContext,
  operand: LoraOperand,
  rows: number,
  examples: number,
): PairInMemory {
  const { A, Bt, gate } = operand;
  const [rank, inFeatures] = A.shape;
  const outFeatures = Bt.shape[1];
  return {
    rank,
    inFeatures,
    outFeatures,
    rows,
    rowsOfExample: rows / examples,
    A: { at: memory.at(A), step: inFeatures },
    Bt: { at: memory.at(Bt), step: outFeatures },
    gate: typeof gate === "number" ? gate : { at: memory.at(gate), step: gate.rank === 1 ? 0 : rank },
    dropout: dropoutArguments(operand.dropout),
  };
}

function applyGate({ kernels }: KernelContext, { gate, rows, rank, rowsOfExample }: PairInMemory, u: number): void {
  if (typeof gate !== "number") kernels.applyGate(rows, rank, rowsOfExample, u, gate.at, gate.step);
  else if (gate !== 1) kernels.scale(rows * rank, u, gate);
}

/** Runs `use` with x∘mask, `[rows, in]`: x itself where there is no dropout. */
function withDroppedInput(context: KernelContext, pair: PairInMemory, x: number, use: (input: Matrix) => void): void {
  const { dropout, rows, inFeatures, rowsOfExample } = pair;
  if (dropout === undefined) {
    use({ at: x, step: inFeatures });
    return;
  }
  const { key, firstExample, limit, keep } = dropout;
  context.memory.withScratch((allocate) => {
    const at = allocate(rows * inFeatures);
    context.kernels.dropout(rows, inFeatures, rowsOfExample, x, at, 0, key, firstExample, limit, keep);
    use({ at, step: inFeatures });
  });
}

/** u `[rows, r]` = (x∘mask) · Aᵀ ∘ g: the gated bottleneck. */
export function bottleneck(context: KernelContext, pair: PairInMemory, x: number, u: number): void {
  const { rows, rank, inFeatures, A } = pair;
  withDroppedInput(context, pair, x, (input) => {
    multiply(context, [rows, rank, inFeatures], input, A, { at: u, step: rank }, { transposeB: true });
  });
  applyGate(context, pair, u);
}

/** y = u · Bᵀ, or y + it; y may be some columns of a wider matrix. */
export function expand(context: KernelContext, pair: PairInMemory, u: number, y: Matrix, add: boolean): void {
  const { rows, rank, outFeatures, Bt } = pair;
  multiply(context, [rows, outFeatures, rank], { at: u, step: rank }, Bt, y, { add });
}

/** Where the gradients of a pair go. */
export interface PairGradientTargets {
  /** `[rows, in]`; absent where it is not wanted. */
  readonly dx?: number;
  /** True to add to dx, false to overwrite it. */
  readonly addToDx: boolean;
  /** `[r, in]`. */
  readonly dA: number;
  /** `[r, out]`. */
  readonly dBt: number;
}

/**
 * Gradients of a pair.
 *
 * @param dy gradient of y, which may be some columns of a wider matrix
 * @param x the layer's input `[rows, in]`
 * @param u the gated bottleneck of the forward pass
 */
export function pairGradients(
  context: KernelContext,
  pair: PairInMemory,
  dy: Matrix,
  x: number,
  u: number,
  { dx, addToDx, dA, dBt }: PairGradientTargets,
): void {
  const { rows, rank, inFeatures, outFeatures, A, Bt, dropout, rowsOfExample } = pair;
  const bottleneckStep = { at: u, step: rank };
  multiply(
    context,
    [rank, outFeatures, rows],
    bottleneckStep,
    dy,
    { at: dBt, step: outFeatures },
    { transposeA: true },
  );
  context.memory.withScratch((allocate) => {
    const du = { at: allocate(rows * rank), step: rank };
    multiply(context, [rows, rank, outFeatures], dy, Bt, du, { transposeB: true });
    applyGate(context, pair, du.at);
    withDroppedInput(context, pair, x, (input) => {
      multiply(context, [rank, inFeatures, rows], du, input, { at: dA, step: inFeatures }, { transposeA: true });
    });
    if (dx === undefined) return;
    if (dropout === undefined) {
      multiply(context, [rows, inFeatures, rank], du, A, { at: dx, step: inFeatures }, { add: addToDx });
      return;
    }
    const dInput = { at: allocate(rows * inFeatures), step: inFeatures };
    multiply(context, [rows, inFeatures, rank], du, A, dInput);
    const { key, firstExample, limit, keep } = dropout;
    const add = addToDx ? 1 : 0;
    context.kernels.dropout(rows, inFeatures, rowsOfExample, dInput.at, dx, add, key, firstExample, limit, keep);
  });
}
