/** Kernels of tfjs's backend in JavaScript that training and evaluation meet outside of our fused ops. */

import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { NativeAddon } from "../addon/addon.ts";
import { concat, pack, pad, slice, transpose } from "./copy-kernels.ts";
import { binary, binaryNames, softmax, unary, unaryNames } from "./elementwise-kernels.ts";
import { floatsOf, type KernelMaker, replaceKernel } from "./kernel-replacement.ts";
import { reduction, reductionNames } from "./reduction-kernels.ts";
import type { NativeTfjsBackend } from "./tfjs-backend.ts";

/** Rows of a table: tfjs computes the place of every single element. */
const gatherRows: KernelMaker = (addon) => (original) => (parameters) => {
  const { x, indices } = parameters.inputs as { x: TensorInfo; indices: TensorInfo };
  const { axis, batchDims } = parameters.attrs as unknown as { axis: number; batchDims: number };
  const backend = parameters.backend as NativeTfjsBackend;
  const [rows = 0, ...rest] = x.shape;
  const width = tf.util.sizeFromShape(rest);
  const plain = axis === 0 && batchDims === 0 && x.shape.length > 1;
  const table = floatsOf(backend, x);
  const ids = backend.data.get(indices.dataId).values;
  if (!plain || table === undefined || !(ids instanceof Int32Array) || ids.length === 0 || width === 0) {
    return original(parameters);
  }
  const info = backend.outputInfo([...indices.shape, ...rest]);
  const values = backend.data.get(info.dataId).values as Float32Array;
  const bad = addon.gatherRows(rows, width, table, ids, values);
  if (bad < 0) return info;
  backend.disposeData(info.dataId);
  throw new Error(`GatherV2: the index value ${ids[bad]} is not in [0, ${rows - 1}]`);
};

/** Products outside of our ops, where no batch is broadcast. */
const batchMatMul: KernelMaker = (addon) => (original) => (parameters) => {
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
  const [left, right] = [floatsOf(backend, a), floatsOf(backend, b)];
  if (!plain || left === undefined || right === undefined) return original(parameters);
  const info = backend.outputInfo([...outer, m, n]);
  const values = backend.data.get(info.dataId).values as Float32Array;
  addon.multiply(stack, m, n, k, left, transposeA, right, transposeB, values);
  return info;
};

/** Replaces them, once. */
export function replaceTfjsKernels(addon: NativeAddon): void {
  const replace = (name: string, make: KernelMaker): void => replaceKernel(name, addon, make);
  replace("GatherV2", gatherRows);
  replace("BatchMatMul", batchMatMul);
  for (const [kind, name] of binaryNames.entries()) replace(name, binary(kind));
  for (const [kind, name] of unaryNames.entries()) replace(name, unary(kind));
  for (const [kind, name] of reductionNames.entries()) replace(name, reduction(kind));
  replace("Softmax", softmax);
  replace("Transpose", transpose);
  replace("Slice", slice);
  replace("Concat", concat);
  replace("Pack", pack);
  replace("PadV2", pad);
}
