import { ShapeError } from "@dylora/errors";
import type { Tensor1D } from "@tensorflow/tfjs-core";

/**
 * A weight matrix that training reads millions of times and never writes. Opaque: the backend prepares it once in
 * whatever form it multiplies fastest (transposed copy, packed blocks, bfloat16). The owner calls `dispose()`.
 */
export interface FrozenMatrix {
  /** Columns of the input it multiplies. */
  readonly inFeatures: number;
  /** Columns of the product. */
  readonly outFeatures: number;
  /** Frees every prepared form. Calling it twice does nothing. */
  dispose(): void;
  /** The same as `dispose`, for `using`. */
  [Symbol.dispose](): void;
}

/** How the numbers handed to {@link freezeMatrix} are laid out. */
export interface FrozenMatrixSpec {
  /** Columns of the input. */
  readonly inFeatures: number;
  /** Columns of the product. */
  readonly outFeatures: number;
  /** `out-in`: rows are outputs (torch.nn.Linear); `in-out`: rows are inputs (GPT-2's Conv1D). */
  readonly layout: "out-in" | "in-out";
}

/** The frozen half of a linear layer. */
export interface FrozenLinear {
  /** Weights. */
  readonly weight: FrozenMatrix;
  /** Bias `[outFeatures]`, frozen too. */
  readonly bias?: Tensor1D;
}

/** @throws ShapeError `bad_shape` when the width of the input or the bias does not fit */
export function checkFrozenLinear(inFeatures: number, { weight, bias }: FrozenLinear): void {
  if (inFeatures !== weight.inFeatures) {
    throw new ShapeError("bad_shape", `the input has ${inFeatures} features but the weight takes ${weight.inFeatures}`);
  }
  if (bias !== undefined && (bias.shape.length !== 1 || bias.shape[0] !== weight.outFeatures)) {
    throw new ShapeError("bad_shape", `bias [${bias.shape}] does not fit a weight with ${weight.outFeatures} outputs`);
  }
}
