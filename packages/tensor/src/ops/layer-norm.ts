import { ShapeError } from "@dylora/errors";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { recordedOp } from "../autodiff/recorded-op.ts";
import { fusedKernels } from "../registry.ts";

/**
 * Layer normalisation over the last axis (Ba et al. 2016) with frozen gain and offset: no gradient goes to them.
 *
 * @param x `[rows, features]`
 * @param gamma gain `[features]`
 * @param beta offset `[features]`
 * @param epsilon added to the (biased) variance; default 1e-5
 * @returns `[rows, features]`; the caller disposes it
 * @throws ShapeError `bad_shape` when gamma or beta do not fit
 *
 * @example
 * ```ts
 * import { useBackend, layerNorm } from "@dylora/tensor";
 * import { wasmBackend } from "@dylora/backend-wasm";
 * import * as tf from "@tensorflow/tfjs-core";
 *
 * await useBackend(wasmBackend());
 * const y = layerNorm(tf.tensor2d([[1, 2, 3]]), tf.ones([3]), tf.zeros([3]));
 * console.log(await y.data()); // about -1.2247, 0, 1.2247
 * ```
 */
export function layerNorm(x: Tensor2D, gamma: Tensor1D, beta: Tensor1D, epsilon = 1e-5): Tensor2D {
  const features = x.shape[1];
  if (gamma.shape[0] !== features || beta.shape[0] !== features) {
    throw new ShapeError("bad_shape", `gamma [${gamma.shape}] and beta [${beta.shape}] must both be [${features}]`);
  }
  const kernels = fusedKernels();
  return recordedOp(
    [x],
    () => kernels.layerNorm(x, gamma, beta, epsilon),
    (dy, saved) => [kernels.layerNormGradient(dy, gamma, saved)],
  );
}
