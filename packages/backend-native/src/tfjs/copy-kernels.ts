import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { NativeAddon } from "../addon/addon.ts";
import { mergedDims, stridesOf } from "./broadcast-strides.ts";
import { floatsOf, type KernelMaker, smallest } from "./kernel-replacement.ts";
import type { NativeTfjsBackend } from "./tfjs-backend.ts";

/** Axes in another order. */
export const transpose: KernelMaker = (addon) => (original) => (parameters) => {
  const { x } = parameters.inputs as { x: TensorInfo };
  const { perm } = parameters.attrs as unknown as { perm: number[] };
  const backend = parameters.backend as NativeTfjsBackend;
  const values = floatsOf(backend, x);
  if (values === undefined || values.length < smallest) return original(parameters);
  const shape = perm.map((dim) => x.shape[dim] as number);
  const [from, to] = [stridesOf(x.shape), stridesOf(shape)];
  const dims = mergedDims(perm.map((dim, place) => [shape[place] as number, from[dim] as number, to[place] as number]));
  const info = backend.outputInfo(shape);
  addon.copy(dims, values, 0, backend.data.get(info.dataId).values as Float32Array, 0);
  return info;
};

/** Slices whose numbers do not lie one after the other; tfjs gives the others a part of the same array. */
export const slice: KernelMaker = (addon) => (original) => (parameters) => {
  const { x } = parameters.inputs as { x: TensorInfo };
  const { begin, size } = parameters.attrs as unknown as { begin: number | number[]; size: number | number[] };
  const backend = parameters.backend as NativeTfjsBackend;
  const values = floatsOf(backend, x);
  const [start, shape] = tf.slice_util.parseSliceParams(x as tf.Tensor, begin, size) as [number[], number[]];
  const contiguous = tf.slice_util.isSliceContinous(x.shape, start, shape);
  if (values === undefined || contiguous || tf.util.sizeFromShape(shape) < smallest) return original(parameters);
  tf.slice_util.assertParamsValid(x as tf.Tensor, start, shape);
  const [from, to] = [stridesOf(x.shape), stridesOf(shape)];
  const dims = mergedDims(shape.map((count, dim) => [count, from[dim] as number, to[dim] as number]));
  const first = start.reduce((sum, index, dim) => sum + index * (from[dim] as number), 0);
  const info = backend.outputInfo(shape);
  addon.copy(dims, values, first, backend.data.get(info.dataId).values as Float32Array, 0);
  return info;
};

/** Writes tensors side by side into a result; each gives `outer` stretches of as many numbers as it has. */
function joined(
  addon: NativeAddon,
  backend: NativeTfjsBackend,
  parts: readonly Float32Array[],
  outer: number,
  shape: readonly number[],
): TensorInfo {
  const info = backend.outputInfo(shape);
  const result = backend.data.get(info.dataId).values as Float32Array;
  let place = 0;
  for (const part of parts) {
    const width = part.length / outer;
    const dims = mergedDims([
      [outer, width, result.length / outer],
      [width, 1, 1],
    ]);
    addon.copy(dims, part, 0, result, place);
    place += width;
  }
  return info;
}

/** The numbers of several tensors, where it pays to join them here. */
function partsOf(backend: NativeTfjsBackend, inputs: readonly TensorInfo[]): Float32Array[] | undefined {
  const parts = inputs.map((input) => floatsOf(backend, input)).filter((part) => part !== undefined && part.length > 0);
  const total = parts.reduce((sum, part) => sum + (part?.length ?? 0), 0);
  return parts.length < 2 || parts.length < inputs.length || total < smallest ? undefined : (parts as Float32Array[]);
}

/** Tensors joined along an axis. */
export const concat: KernelMaker = (addon) => (original) => (parameters) => {
  const inputs = parameters.inputs as unknown as TensorInfo[];
  const { axis } = parameters.attrs as unknown as { axis: number };
  const backend = parameters.backend as NativeTfjsBackend;
  const parts = partsOf(backend, inputs);
  if (parts === undefined) return original(parameters);
  const shapes = inputs.map(({ shape }) => shape);
  const [dim = 0] = tf.util.parseAxisParam(axis, shapes[0] as number[]);
  tf.backend_util.assertParamsConsistent(shapes, dim);
  const shape = tf.backend_util.computeOutShape(shapes, dim);
  return joined(addon, backend, parts, tf.util.sizeFromShape(shape.slice(0, dim)), shape);
};

/** Tensors of one shape, joined along an axis of its own. */
export const pack: KernelMaker = (addon) => (original) => (parameters) => {
  const inputs = parameters.inputs as unknown as TensorInfo[];
  const { axis } = parameters.attrs as unknown as { axis: number };
  const backend = parameters.backend as NativeTfjsBackend;
  const parts = partsOf(backend, inputs);
  const [first = []] = inputs.map(({ shape }) => shape);
  const alike = inputs.every(({ shape }) => tf.util.arraysEqual(shape, first));
  if (parts === undefined || !alike) return original(parameters);
  const shape = [...first.slice(0, axis), inputs.length, ...first.slice(axis)];
  return joined(addon, backend, parts, tf.util.sizeFromShape(first.slice(0, axis)), shape);
};

/** A tensor with a border of one number. */
export const pad: KernelMaker = (addon) => (original) => (parameters) => {
  const { x } = parameters.inputs as { x: TensorInfo };
  const { paddings, constantValue } = parameters.attrs as unknown as {
    paddings: readonly (readonly [number, number])[];
    constantValue: number;
  };
  const backend = parameters.backend as NativeTfjsBackend;
  const values = floatsOf(backend, x);
  const shape = paddings.map(([before, after], dim) => before + (x.shape[dim] as number) + after);
  if (values === undefined || values.length === 0 || tf.util.sizeFromShape(shape) < smallest)
    return original(parameters);
  const [from, to] = [stridesOf(x.shape), stridesOf(shape)];
  const dims = mergedDims(x.shape.map((size, dim) => [size, from[dim] as number, to[dim] as number]));
  const first = paddings.reduce((sum, [before], dim) => sum + before * (to[dim] as number), 0);
  const info = backend.outputInfo(shape);
  const result = backend.data.get(info.dataId).values as Float32Array;
  result.fill(constantValue);
  addon.copy(dims, values, 0, result, first);
  return info;
};
