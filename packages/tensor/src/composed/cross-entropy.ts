import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { CrossEntropyTarget } from "../contract/cross-entropy.ts";
import type { Saved } from "../contract/kernels.ts";

/** 1 at the label of each row that counts. tf.oneHot refuses a single class. */
function oneHot({ labels, counts }: CrossEntropyTarget, classes: number): Tensor2D {
  const hot = new Float32Array(labels.length * classes);
  for (const [row, label] of labels.entries()) hot[row * classes + label] = counts[row] as number;
  return tf.tensor2d(hot, [labels.length, classes]);
}

/** Keeps the log-probabilities. */
export function crossEntropy(logits: Tensor2D, target: CrossEntropyTarget): Saved<Scalar> {
  const [rows, classes] = logits.shape;
  const shifted = tf.sub(logits, tf.max(logits, 1, true));
  const logProbabilities = tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), 1, true))) as Tensor2D;
  const ofLabel = tf.sum(tf.mul(logProbabilities, oneHot(target, classes)));
  const counts = tf.tensor2d(target.counts, [rows, 1]);
  const uniform = tf.sum(tf.mul(tf.mean(logProbabilities, 1, true), counts));
  const mixed = tf.add(tf.mul(ofLabel, 1 - target.smoothing), tf.mul(uniform, target.smoothing));
  return { y: tf.mul(mixed, -1 / target.total) as Scalar, saved: [logProbabilities] };
}

/** (softmax − target) / rows that count; 0 in ignored rows. */
export function crossEntropyGradient(dy: Scalar, target: CrossEntropyTarget, saved: readonly Tensor[]): Tensor2D {
  const [logProbabilities] = saved as [Tensor2D];
  const [rows, classes] = logProbabilities.shape;
  const wanted = tf.add(tf.mul(oneHot(target, classes), 1 - target.smoothing), target.smoothing / classes);
  const counts = tf.tensor2d(target.counts, [rows, 1]);
  const difference = tf.mul(tf.sub(tf.exp(logProbabilities), wanted), counts);
  return tf.mul(difference, tf.mul(dy, 1 / target.total)) as Tensor2D;
}
