import type { Tensor } from "@tensorflow/tfjs-core";
import { recordedOp } from "../autodiff/recorded-op.ts";
import type { GeluForm } from "../contract/gelu.ts";
import { fusedKernels } from "../registry.ts";

/**
 * Gaussian error linear unit (Hendrycks & Gimpel 2016), element by element, with its gradient.
 *
 * @param x any shape
 * @param form see {@link GeluForm}; default `erf`
 * @returns the shape of x; the caller disposes it
 *
 * @example
 * ```ts
 * import { useBackend, gelu } from "@dylora/tensor";
 * import { wasmBackend } from "@dylora/backend-wasm";
 * import * as tf from "@tensorflow/tfjs-core";
 *
 * await useBackend(wasmBackend());
 * const y = gelu(tf.tensor1d([-1, 0, 1]), "erf");
 * console.log(await y.data()); // about -0.1587, 0, 0.8413
 * ```
 */
export function gelu<T extends Tensor>(x: T, form: GeluForm = "erf"): T {
  const kernels = fusedKernels();
  return recordedOp(
    [x],
    () => ({ y: kernels.gelu(x, form), saved: [x] }),
    (dy, [input]) => [kernels.geluGradient(dy as T, input as T, form)],
  ) as T;
}
