/**
 * tfjs-core registers no gradients of its own, and its list of all of them cannot be imported in Node as an ES module.
 * These few are what losses and heads written with plain tfjs ops meet between our fused ops; a gradient that is
 * already registered (by `@tensorflow/tfjs`, say) is left alone.
 */

import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

type Gradient = tf.GradConfig;

/** Sums a gradient over the axes along which its operand was broadcast. */
function unbroadcast(dy: Tensor, shape: readonly number[]): Tensor {
  const axes = tf.broadcast_util.getReductionAxes([...shape], dy.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(dy, axes) : dy, [...shape]);
}

const binary = (
  kernelName: string,
  gradA: (dy: Tensor, a: Tensor, b: Tensor) => Tensor,
  gradB: (dy: Tensor, a: Tensor, b: Tensor) => Tensor,
): Gradient => ({
  kernelName,
  inputsToSave: ["a", "b"],
  gradFunc: (dy, saved) => {
    const [a, b] = saved as [Tensor, Tensor];
    return {
      a: () => unbroadcast(gradA(dy as Tensor, a, b), a.shape),
      b: () => unbroadcast(gradB(dy as Tensor, a, b), b.shape),
    };
  },
});

const gradients: Gradient[] = [
  binary(
    "Add",
    (dy) => dy,
    (dy) => dy,
  ),
  binary(
    "Sub",
    (dy) => dy,
    (dy) => tf.neg(dy),
  ),
  binary(
    "Multiply",
    (dy, _a, b) => tf.mul(dy, b),
    (dy, a) => tf.mul(dy, a),
  ),
  // A handle of its own: tfjs disposes a gradient that it adds to another.
  { kernelName: "Identity", gradFunc: (dy) => ({ x: () => tf.clone(dy as Tensor) }) },
  { kernelName: "Cast", gradFunc: (dy) => ({ x: () => tf.cast(dy as Tensor, "float32") }) },
  {
    kernelName: "Reshape",
    inputsToSave: ["x"],
    gradFunc: (dy, [x]) => ({ x: () => tf.reshape(dy as Tensor, (x as Tensor).shape) }),
  },
  {
    kernelName: "Tanh",
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({ x: () => tf.mul(dy as Tensor, tf.sub(1, tf.square(y as Tensor))) }),
  },
  {
    kernelName: "Slice",
    inputsToSave: ["x"],
    gradFunc: (dy, [x], attributes) => {
      const { begin } = attributes as unknown as { begin: number | number[] };
      const { shape } = x as Tensor;
      const start = shape.map((_, axis) => (typeof begin === "number" ? (axis === 0 ? begin : 0) : (begin[axis] ?? 0)));
      const size = (dy as Tensor).shape;
      const paddings = start.map((at, axis): [number, number] => [at, (shape[axis] ?? 0) - at - (size[axis] ?? 0)]);
      return { x: () => tf.pad(dy as Tensor, paddings) };
    },
  },
  {
    kernelName: "Sum",
    inputsToSave: ["x"],
    gradFunc: (dy, [x], attributes) => {
      const { axis } = attributes as unknown as { axis: number | number[] };
      const { shape } = x as Tensor;
      const kept = shape.slice();
      for (const reduced of tf.util.parseAxisParam(axis, shape)) kept[reduced] = 1;
      return { x: () => tf.mul(tf.reshape(dy as Tensor, kept), tf.ones(shape)) };
    },
  },
];

/** Registers the gradients above where none is registered yet. Calling it again does nothing. */
export function registerGradients(): void {
  for (const gradient of gradients) {
    if (tf.getGradient(gradient.kernelName) == null) tf.registerGradient(gradient);
  }
}
