import { ShapeError } from "@dylora/errors";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { recordedOp } from "../autodiff/recorded-op.ts";
import { checkDropout, type DropoutKey } from "../contract/dropout.ts";
import { fusedKernels } from "../registry.ts";

/**
 * Inverted dropout with a mask that is a function of its key alone (seed, step, site, example).
 *
 * @param x `[examples * length, features]`
 * @param dropoutKey where in the run the mask is drawn; undefined: x is returned as a copy
 * @param examples examples in the batch
 * @returns `[rows, features]`; the caller disposes it
 * @throws ShapeError `bad_shape` when the rows cannot be shared by the examples
 * @throws ConfigError `bad_dropout` for a probability outside [0, 1)
 */
export function dropout(x: Tensor2D, dropoutKey: DropoutKey | undefined, examples: number): Tensor2D {
  if (examples < 1 || x.shape[0] % examples !== 0) {
    throw new ShapeError("bad_shape", `${x.shape[0]} rows cannot be shared by ${examples} examples`);
  }
  checkDropout(dropoutKey);
  if (dropoutKey === undefined || dropoutKey.probability === 0) return tf.clone(x);
  const kernels = fusedKernels();
  return recordedOp(
    [x],
    () => kernels.dropout(x, dropoutKey, examples),
    (dy, saved) => [kernels.dropoutGradient(dy, dropoutKey, examples, saved)],
  );
}
