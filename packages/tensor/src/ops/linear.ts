import { ShapeError } from "@dylora/errors";
import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { recordedOp } from "../autodiff/recorded-op.ts";
import { fusedKernels } from "../registry.ts";

/**
 * A trainable linear layer, x · Wᵀ + bias, with gradients to x, W and bias.
 *
 * @param x `[rows, in]`
 * @param weight `[out, in]`, as torch.nn.Linear keeps it
 * @param bias `[out]`
 * @returns `[rows, out]`; the caller disposes it
 * @throws ShapeError `bad_shape` when anything does not fit
 */
export function linear(x: Tensor2D, weight: Tensor2D, bias: Tensor1D): Tensor2D {
  if (x.shape[1] !== weight.shape[1]) {
    throw new ShapeError("bad_shape", `the input has ${x.shape[1]} features but the weight takes ${weight.shape[1]}`);
  }
  if (bias.shape[0] !== weight.shape[0]) {
    throw new ShapeError("bad_shape", `bias [${bias.shape}] does not fit a weight with ${weight.shape[0]} outputs`);
  }
  const kernels = fusedKernels();
  return recordedOp(
    [x, weight, bias],
    () => ({ y: tf.add(kernels.matMul(x, weight, false, true), bias) as Tensor2D, saved: [x, weight] }),
    (dy, [input, w]): Tensor[] => [
      kernels.matMul(dy, w as Tensor2D),
      kernels.matMul(dy, input as Tensor2D, true, false),
      tf.sum(dy, 0),
    ],
  );
}
