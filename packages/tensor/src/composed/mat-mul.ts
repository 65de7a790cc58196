import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** op(a) · op(b). */
export function matMul(a: Tensor2D, b: Tensor2D, transposeA = false, transposeB = false): Tensor2D {
  return tf.matMul(a, b, transposeA, transposeB);
}

/** op(a) · op(b) for each pair of a stack. */
export function batchMatMul(a: Tensor3D, b: Tensor3D, transposeA = false, transposeB = false): Tensor3D {
  return tf.matMul(a, b, transposeA, transposeB);
}
