import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { broadcastStrides, mergedDims } from "./broadcast-strides.ts";
import { floatsOf, type KernelMaker, smallest } from "./kernel-replacement.ts";
import type { NativeTfjsBackend } from "./tfjs-backend.ts";

/** tfjs's names in the order of `Binary` in native/elementwise/flat-kernels.hpp. */
export const binaryNames = ["Add", "Sub", "Multiply", "RealDiv", "Maximum", "Minimum", "SquaredDifference"] as const;

/** tfjs's names in the order of `Unary`. */
export const unaryNames = [
  ...["Neg", "Abs", "Square", "Sqrt", "Rsqrt", "Exp", "Log", "Tanh", "Sigmoid", "Relu", "Erf"],
] as const;

/** Kernels of two operands, each repeated along the other as tfjs has it. */
export const binary =
  (kind: number): KernelMaker =>
  (addon) =>
  (original) =>
  (parameters) => {
    const { a, b } = parameters.inputs as { a: TensorInfo; b: TensorInfo };
    const backend = parameters.backend as NativeTfjsBackend;
    const [left, right] = [floatsOf(backend, a), floatsOf(backend, b)];
    if (left === undefined || right === undefined || left.length === 0 || right.length === 0) {
      return original(parameters);
    }
    const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    if (tf.util.sizeFromShape(shape) < smallest) return original(parameters);
    const [stridesA, stridesB] = [broadcastStrides(a.shape, shape), broadcastStrides(b.shape, shape)];
    const dims = mergedDims(shape.map((size, dim) => [size, stridesA[dim] as number, stridesB[dim] as number]));
    const info = backend.outputInfo(shape);
    addon.binary(kind, dims, left, right, backend.data.get(info.dataId).values as Float32Array);
    return info;
  };

/** Functions of one number. */
export const unary =
  (kind: number): KernelMaker =>
  (addon) =>
  (original) =>
  (parameters) => {
    const { x } = parameters.inputs as { x: TensorInfo };
    const backend = parameters.backend as NativeTfjsBackend;
    const values = floatsOf(backend, x);
    if (values === undefined || values.length < smallest) return original(parameters);
    const info = backend.outputInfo(x.shape);
    addon.unary(kind, values, backend.data.get(info.dataId).values as Float32Array);
    return info;
  };

/** Softmax of each row. */
export const softmax: KernelMaker = (addon) => (original) => (parameters) => {
  const { logits } = parameters.inputs as { logits: TensorInfo };
  const { dim } = parameters.attrs as unknown as { dim: number };
  const backend = parameters.backend as NativeTfjsBackend;
  const values = floatsOf(backend, logits);
  const last = logits.shape.length - 1;
  const columns = logits.shape[last] ?? 0;
  const plain = (dim === -1 || dim === last) && columns > 0;
  if (!plain || values === undefined || values.length < smallest) return original(parameters);
  const info = backend.outputInfo(logits.shape);
  addon.softmax(values.length / columns, columns, values, backend.data.get(info.dataId).values as Float32Array);
  return info;
};
