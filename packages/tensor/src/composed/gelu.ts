import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { GeluForm } from "../contract/gelu.ts";

const rootTwoOverPi = Math.sqrt(2 / Math.PI);
const cubic = 0.044715;

/** tanh(√(2/π) · (x + 0.044715 x³)) */
function innerTanh(x: Tensor): Tensor {
  return tf.tanh(tf.mul(tf.mul(x, rootTwoOverPi), tf.add(tf.mul(tf.square(x), cubic), 1)));
}

/** x/2 · (1 + erf(x/√2)), or with its tanh approximation. */
export function gelu<T extends Tensor>(x: T, form: GeluForm): T {
  const gate = form === "erf" ? tf.erf(tf.mul(x, Math.SQRT1_2)) : innerTanh(x);
  return tf.mul(tf.mul(x, 0.5), tf.add(gate, 1)) as T;
}

/** dy times the derivative at x. */
export function geluGradient<T extends Tensor>(dy: T, x: T, form: GeluForm): T {
  if (form === "erf") {
    // Φ(x) + x · φ(x)
    const cdf = tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
    const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return tf.mul(dy, tf.add(cdf, tf.mul(x, density))) as T;
  }
  const t = innerTanh(x);
  const slope = tf.mul(tf.add(tf.mul(tf.square(x), 3 * cubic), 1), rootTwoOverPi);
  const inner = tf.mul(tf.mul(x, tf.sub(1, tf.square(t))), slope);
  return tf.mul(dy, tf.mul(tf.add(tf.add(t, 1), inner), 0.5)) as T;
}
