import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type FrozenMatrix, type FrozenMatrixSpec, PlainFrozenMatrix } from "../contract/frozen-matrix.ts";
import { fusedKernels } from "../contract/kernels.ts";

/** Both forms lie on the engine as plain tensors. */
export function freezeMatrix(values: Float32Array, spec: FrozenMatrixSpec): FrozenMatrix {
  return new PlainFrozenMatrix(values, spec);
}

/** x · W + bias. */
export function frozenLinear(x: Tensor2D, weight: FrozenMatrix, bias: Tensor1D | undefined): Tensor2D {
  const product = fusedKernels().matMul(x, (weight as PlainFrozenMatrix).forward);
  return bias === undefined ? product : (tf.add(product, bias) as Tensor2D);
}

/** dy · Wᵀ from a transposed copy: tfjs engines multiply slowly with transpose flags. */
export function frozenLinearGradient(dy: Tensor2D, weight: FrozenMatrix): Tensor2D {
  return fusedKernels().matMul(dy, (weight as PlainFrozenMatrix).backward);
}
