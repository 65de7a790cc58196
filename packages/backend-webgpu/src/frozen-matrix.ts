import { ShapeError } from "@dylora/errors";
import { composedKernels, type FrozenMatrix, type FrozenMatrixSpec, type PlainFrozenMatrix } from "@dylora/tensor";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { matMul, matMulWithBias } from "./mat-mul.ts";
import { SplitRows } from "./split-rows.ts";
import { bufferLimit } from "./wgsl/program.ts";

/** A frozen matrix that no buffer of the device holds. */
class SplitFrozenMatrix implements FrozenMatrix {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly #rows: SplitRows;
  /** True when the rows are outputs. */
  readonly #transposed: boolean;
  #disposed = false;

  constructor(values: Float32Array, { inFeatures, outFeatures, layout }: FrozenMatrixSpec) {
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.#transposed = layout === "out-in";
    this.#rows = this.#transposed
      ? new SplitRows(values, outFeatures, inFeatures)
      : new SplitRows(values, inFeatures, outFeatures);
  }

  /** x · W, or with `back` x · Wᵀ. */
  product(x: Tensor2D, back = false): Tensor2D {
    if (this.#disposed) throw new ShapeError("disposed", "this frozen matrix has been disposed");
    return this.#transposed === back ? this.#rows.times(x) : this.#rows.timesTransposed(x);
  }

  dispose(): void {
    this.#disposed = true;
    this.#rows.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** One tensor, or blocks of rows where no buffer of the device holds it. */
export function freezeMatrix(values: Float32Array, spec: FrozenMatrixSpec): FrozenMatrix {
  return values.byteLength > bufferLimit()
    ? new SplitFrozenMatrix(values, spec)
    : composedKernels.freezeMatrix(values, spec);
}

/** x · W + bias in one program. */
export function frozenLinear(x: Tensor2D, weight: FrozenMatrix, bias: Tensor1D | undefined): Tensor2D {
  if (!(weight instanceof SplitFrozenMatrix)) return matMulWithBias(x, (weight as PlainFrozenMatrix).forward, bias);
  const product = weight.product(x);
  return bias === undefined ? product : tf.add(product, bias);
}

/** dy · Wᵀ. */
export function frozenLinearGradient(dy: Tensor2D, weight: FrozenMatrix): Tensor2D {
  return weight instanceof SplitFrozenMatrix
    ? weight.product(dy, true)
    : matMul(dy, (weight as PlainFrozenMatrix).backward);
}
