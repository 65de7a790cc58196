import { ShapeError } from "@dylora/errors";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { recordedOp } from "../autodiff/recorded-op.ts";
import {
  checkFrozenLinear,
  type FrozenLinear,
  type FrozenMatrix,
  type FrozenMatrixSpec,
} from "../contract/frozen-matrix.ts";
import { fusedKernels } from "../registry.ts";
/**
 * Hands a weight matrix to the active backend.
 *
 * @param values `inFeatures * outFeatures` numbers, row-major in `spec.layout`; not kept
 * @throws ShapeError `bad_shape` when the length does not fit
 */
export function freezeMatrix(values: Float32Array, spec: FrozenMatrixSpec): FrozenMatrix {
  if (values.length !== spec.inFeatures * spec.outFeatures) {
    throw new ShapeError(
      "bad_shape",
      `a ${spec.inFeatures} by ${spec.outFeatures} matrix needs ${spec.inFeatures * spec.outFeatures} numbers, got ${values.length}`,
    );
  }
  return fusedKernels().freezeMatrix(values, spec);
}

/**
 * x · W + bias with a frozen W: the gradient goes to x alone.
 *
 * @param x `[rows, in]`
 * @returns `[rows, out]`; the caller disposes it
 * @throws ShapeError `bad_shape` when x or the bias does not fit
 */
export function frozenLinear(x: Tensor2D, linear: FrozenLinear): Tensor2D {
  checkFrozenLinear(x.shape[1], linear);
  const kernels = fusedKernels();
  return recordedOp(
    [x],
    () => ({ y: kernels.frozenLinear(x, linear.weight, linear.bias), saved: [] }),
    (dy) => [kernels.frozenLinearGradient(dy, linear.weight)],
  );
}
