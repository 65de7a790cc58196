import { ShapeError } from "@dylora/errors";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

const hidden = -1e9;

/**
 * Turns a Hugging Face attention mask (1 = a token, 0 = padding) into the additive form the ops take.
 *
 * @param attentionMask `batch * length` ones and zeros, row-major
 * @returns `[batch, length]`, or undefined when nothing is hidden; the caller disposes it
 * @throws ShapeError `bad_shape` when the mask is not `batch * length` long
 */
export function additiveMask(attentionMask: ArrayLike<number>, batch: number, length: number): Tensor2D | undefined {
  if (attentionMask.length !== batch * length) {
    throw new ShapeError(
      "bad_shape",
      `${attentionMask.length} mask entries for ${batch} sequences of ${length} tokens`,
    );
  }
  const values = new Float32Array(batch * length);
  let hides = false;
  for (let i = 0; i < values.length; i++) {
    if (attentionMask[i] !== 0) continue;
    values[i] = hidden;
    hides = true;
  }
  return hides ? tf.tensor2d(values, [batch, length]) : undefined;
}
