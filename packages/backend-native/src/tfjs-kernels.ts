/** Kernels of tfjs's engine in JavaScript that training and evaluation meet outside of our fused ops. */

import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { NativeAddon } from "./addon.ts";
import type { NativeTfjsBackend } from "./tfjs-backend.ts";

type Kernel = NonNullable<ReturnType<typeof tf.getKernel>>;
type KernelFunc = Kernel["kernelFunc"];

/** Puts a kernel in the place of one that is registered; `make` is given what was there. */
function replaceKernel(kernelName: string, make: (original: KernelFunc) => KernelFunc): void {
  const original = tf.getKernel(kernelName, "native");
  if (original == null) return;
  tf.unregisterKernel(kernelName, "native");
  tf.registerKernel({ ...original, kernelName, backendName: "native", kernelFunc: make(original.kernelFunc) });
}

/** Rows of a table: tfjs computes the place of every single element. */
const gatherRows =
  (addon: NativeAddon) =>
  (original: KernelFunc): KernelFunc =>
  (parameters) => {
    const { x, indices } = parameters.inputs as { x: TensorInfo; indices: TensorInfo };
    const { axis, batchDims } = parameters.attrs as unknown as { axis: number; batchDims: number };
    const backend = parameters.backend as NativeTfjsBackend;
    const [rows = 0, ...rest] = x.shape;
    const width = tf.util.sizeFromShape(rest);
    const plain = axis === 0 && batchDims === 0 && x.shape.length > 1 && x.dtype === "float32";
    const ids = backend.data.get(indices.dataId).values;
    if (!plain || !(ids instanceof Int32Array) || ids.length === 0 || width === 0) return original(parameters);
    const info = backend.outputInfo([...indices.shape, ...rest]);
    const values = backend.data.get(info.dataId).values as Float32Array;
    const bad = addon.gatherRows(rows, width, backend.data.get(x.dataId).values as Float32Array, ids, values);
    if (bad < 0) return info;
    backend.disposeData(info.dataId);
    throw new Error(`GatherV2: the index value ${ids[bad]} is not in [0, ${rows - 1}]`);
  };

/** Products outside of our ops, where no batch is broadcast. */
const batchMatMul =
  (addon: NativeAddon) =>
  (original: KernelFunc): KernelFunc =>
  (parameters) => {
    const { a, b } = parameters.inputs as { a: TensorInfo; b: TensorInfo };
    const { transposeA, transposeB } = parameters.attrs as unknown as { transposeA: boolean; transposeB: boolean };
    const backend = parameters.backend as NativeTfjsBackend;
    const outer = a.shape.slice(0, -2);
    const [aRows, aColumns] = a.shape.slice(-2) as [number, number];
    const [bRows, bColumns] = b.shape.slice(-2) as [number, number];
    const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
    const [kOfB, n] = transposeB ? [bColumns, bRows] : [bRows, bColumns];
    const stack = tf.util.sizeFromShape(outer);
    const plain = k === kOfB && String(outer) === String(b.shape.slice(0, -2)) && stack * m * n * k > 0;
    const [left, right] = [a, b].map(({ dataId }) => backend.data.get(dataId).values);
    if (!plain || !(left instanceof Float32Array) || !(right instanceof Float32Array)) return original(parameters);
    const info = backend.outputInfo([...outer, m, n]);
    const values = backend.data.get(info.dataId).values as Float32Array;
    addon.multiply(stack, m, n, k, left, transposeA, right, transposeB, values);
    return info;
  };

/** Below this many numbers tfjs's own loop costs no more. */
const smallest = 1024;

/** True when a tensor of shape b is repeated whole along one of shape a. */
function repeatsAlong(a: readonly number[], b: readonly number[]): boolean {
  const significant = b.slice(b.findIndex((size) => size !== 1));
  const trailing = a.slice(a.length - significant.length);
  return tf.util.sizeFromShape([...b]) === 1 || (b.length <= a.length && String(trailing) === String(significant));
}

/** Sums, differences and products of float32, also of rows with one row or number. */
const binary =
  (addon: NativeAddon, kind: number) =>
  (original: KernelFunc): KernelFunc =>
  (parameters) => {
    const { a, b } = parameters.inputs as { a: TensorInfo; b: TensorInfo };
    const backend = parameters.backend as NativeTfjsBackend;
    const size = tf.util.sizeFromShape(a.shape);
    const [left, right] = [a, b].map(({ dataId }) => backend.data.get(dataId).values);
    const plain = size >= smallest && a.shape.length >= b.shape.length && repeatsAlong(a.shape, b.shape);
    if (!plain || !(left instanceof Float32Array) || !(right instanceof Float32Array)) return original(parameters);
    const info = backend.outputInfo(a.shape);
    addon.binary(kind, left, right, backend.data.get(info.dataId).values as Float32Array);
    return info;
  };

/** Replaces them, once. */
export function replaceTfjsKernels(addon: NativeAddon): void {
  replaceKernel("GatherV2", gatherRows(addon));
  replaceKernel("BatchMatMul", batchMatMul(addon));
  for (const [kind, name] of ["Add", "Sub", "Multiply"].entries()) replaceKernel(name, binary(addon, kind));
}
