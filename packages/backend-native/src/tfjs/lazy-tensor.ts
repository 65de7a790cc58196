import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** Numbers of a lazy tensor: they are made when somebody reads them, and never where nobody does. */
export interface LazyValues {
  /** Writes the numbers. */
  fill(target: Float32Array): void;
  /** Lets go of what `fill` reads; called once, after it or in its stead. */
  release(): void;
}

/** A handle of one's own on a tensor, which lives until it is disposed, whatever becomes of others. */
export function pin<T extends Tensor>(tensor: T): T {
  return tf.keep(tf.clone(tensor));
}
