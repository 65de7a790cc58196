import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { DropoutKey } from "../contract/dropout.ts";
import type { Saved } from "../contract/kernels.ts";
import { dropoutMask, tokenRows } from "../random/dropout-mask.ts";

/** Keeps the mask. */
export function dropout(x: Tensor2D, dropoutKey: DropoutKey, examples: number): Saved {
  const [rows, features] = x.shape;
  const mask = tf.tensor2d(dropoutMask(dropoutKey, examples, tokenRows(rows / examples), features), x.shape);
  return { y: tf.mul(x, mask), saved: [mask] };
}

/** dy ∘ mask. */
export function dropoutGradient(
  dy: Tensor2D,
  _dropoutKey: DropoutKey,
  _examples: number,
  [mask]: readonly Tensor[],
): Tensor2D {
  return tf.mul(dy, mask as Tensor2D);
}
