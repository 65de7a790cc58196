import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { Saved } from "../contract/kernels.ts";

/** Keeps the normalised rows and their reciprocal standard deviations. */
export function layerNorm(x: Tensor2D, gamma: Tensor1D, beta: Tensor1D, epsilon: number): Saved {
  const centred = tf.sub(x, tf.mean(x, 1, true));
  const rstd = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), epsilon));
  const normalised = tf.mul(centred, rstd);
  return { y: tf.add(tf.mul(normalised, gamma), beta) as Tensor2D, saved: [normalised, rstd] };
}

/** ((γ·dy) − mean(γ·dy) − x̂ · mean(γ·dy·x̂)) / σ, the means over each row. */
export function layerNormGradient(dy: Tensor2D, gamma: Tensor1D, saved: readonly Tensor[]): Tensor2D {
  const [normalised, rstd] = saved as [Tensor2D, Tensor2D];
  const scaled = tf.mul(dy, gamma);
  const along = tf.mul(normalised, tf.mean(tf.mul(scaled, normalised), 1, true));
  return tf.mul(tf.sub(tf.sub(scaled, tf.mean(scaled, 1, true)), along), rstd) as Tensor2D;
}
