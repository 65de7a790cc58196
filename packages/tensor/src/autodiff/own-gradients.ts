/**
 * Gradients in the place of tfjs's own where those are missing or wrong: tfjs has none for comparisons, so that
 * `tf.where(tf.greater(x, 0), …)` could not be trained; it forgets to sum over broadcast axes in three more; of
 * numbers that `mirrorPad` shows twice it counts one; and it transposes the gradient of `cumsum` along any axis but the
 * last.
 */

import type { GradConfig, Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** A comparison does not change with small changes of what it compares. */
const flat = (kernelName: string, ...inputs: readonly string[]): GradConfig => ({
  kernelName,
  inputsToSave: [...inputs],
  gradFunc: (_, saved) =>
    Object.fromEntries(inputs.map((input, i) => [input, () => tf.zeros((saved[i] as Tensor).shape)])),
});

/** Sums a gradient over the axes along which its operand was broadcast. */
function unbroadcast(gradient: Tensor, shape: number[]): Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(gradient, axes) : gradient, shape);
}

type Slope = (a: Tensor, b: Tensor) => Tensor;
const binary = (kernelName: string, slopeA: Slope, slopeB: Slope): GradConfig => ({
  kernelName,
  inputsToSave: ["a", "b"],
  gradFunc: (dy, saved) => {
    const [a, b] = saved as [Tensor, Tensor];
    const times = (slope: Slope, { shape }: Tensor) =>
      unbroadcast(tf.mul(dy as Tensor, tf.cast(slope(a, b), "float32")), shape);
    return { a: () => times(slopeA, a), b: () => times(slopeB, b) };
  },
});

/** The gradient to x of `y = mirrorPad(x)` along one axis: the mirrored ends are folded back. */
function fold(dy: Tensor, axis: number, [before, after]: readonly [number, number], edge: number): Tensor {
  const size = (dy.shape[axis] as number) - before - after;
  const part = (from: number, count: number): Tensor => {
    const begin = dy.shape.map((_, i) => (i === axis ? from : 0));
    return tf.slice(
      dy,
      begin,
      dy.shape.map((all, i) => (i === axis ? count : all)),
    );
  };
  const mirrored = (from: number, count: number, at: number): Tensor =>
    tf.pad(
      tf.reverse(part(from, count), axis),
      dy.shape.map((_, i) => (i === axis ? [at, size - at - count] : [0, 0])),
    );
  const [head, tail] = [mirrored(0, before, edge), mirrored(before + size, after, size - edge - after)];
  return tf.addN([part(before, size), head, tail]);
}

const mirrorPad: GradConfig = {
  kernelName: "MirrorPad",
  gradFunc: (dy, _, attributes) => {
    const { paddings, mode } = attributes as unknown as { paddings: [number, number][]; mode: "reflect" | "symmetric" };
    const edge = mode === "reflect" ? 1 : 0;
    return { x: () => paddings.reduce((folded, padding, axis) => fold(folded, axis, padding, edge), dy as Tensor) };
  },
};

const cumsum: GradConfig = {
  kernelName: "Cumsum",
  gradFunc: (dy, _, attributes) => {
    const { axis, exclusive, reverse } = attributes as unknown as {
      axis: number;
      exclusive: boolean;
      reverse: boolean;
    };
    return { x: () => tf.cumsum(dy as Tensor, axis, exclusive, !reverse) };
  },
};

/** Gradients that come before tfjs's own. */
export const ownGradients: readonly GradConfig[] = [
  ...["Equal", "NotEqual", "Greater", "Less", "LessEqual", "LogicalAnd", "LogicalOr"].map((name) =>
    flat(name, "a", "b"),
  ),
  flat("LogicalNot", "x"),
  binary("Maximum", tf.greaterEqual, tf.less),
  binary("Minimum", tf.lessEqual, tf.greater),
  binary(
    "SquaredDifference",
    (a, b) => tf.mul(2, tf.sub(a, b)),
    (a, b) => tf.mul(2, tf.sub(b, a)),
  ),
  mirrorPad,
  cumsum,
];
