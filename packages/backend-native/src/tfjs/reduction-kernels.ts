import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { mergedDims, stridesOf } from "./broadcast-strides.ts";
import { floatsOf, type KernelMaker, smallest } from "./kernel-replacement.ts";
import type { NativeTfjsBackend } from "./tfjs-backend.ts";

/** tfjs's names in the order of `Reduction` in native/elementwise/flat-kernels.hpp. */
export const reductionNames = ["Sum", "Mean", "Max", "Min"] as const;

/** Neighbouring dimensions that are reduced, or kept, alike. */
interface Run {
  readonly reduced: boolean;
  readonly size: number;
}

function runsOf(shape: readonly number[], axes: readonly number[]): Run[] {
  const runs: Run[] = [];
  for (const [dim, size] of shape.entries()) {
    if (size === 1) continue;
    const reduced = axes.includes(dim);
    const before = runs.at(-1);
    if (before?.reduced === reduced) runs[runs.length - 1] = { reduced, size: before.size * size };
    else runs.push({ reduced, size });
  }
  return runs;
}

/** Sums, means and extremes over any axes. */
export const reduction =
  (kind: number): KernelMaker =>
  (addon) =>
  (original) =>
  (parameters) => {
    const { x } = parameters.inputs as { x: TensorInfo };
    const attributes = parameters.attrs as unknown as {
      axis?: number[];
      reductionIndices?: number[];
      keepDims: boolean;
    };
    const backend = parameters.backend as NativeTfjsBackend;
    const values = floatsOf(backend, x);
    const given = attributes.axis ?? attributes.reductionIndices;
    const axes = tf.util.parseAxisParam(given as number[], x.shape);
    const runs = runsOf(x.shape, axes);
    if (values === undefined || values.length < smallest || !runs.some(({ reduced }) => reduced)) {
      return original(parameters);
    }
    const [outShape, reducedShape] = tf.backend_util.computeOutAndReduceShapes(x.shape, axes);
    const shape = attributes.keepDims ? tf.backend_util.expandShapeToKeepDim(outShape, axes) : outShape;
    const info = backend.outputInfo(shape);
    const result = backend.data.get(info.dataId).values as Float32Array;
    const reduced = tf.util.sizeFromShape(reducedShape);
    const first = runs.findIndex((run) => run.reduced);
    if (runs.filter((run) => run.reduced).length === 1) {
      const outer = runs[first - 1]?.size ?? 1;
      const inner = runs[first + 1]?.size ?? 1;
      addon.reduce(kind, outer, reduced, inner, values, result);
      return info;
    }
    const kept = [...x.shape.keys()].filter((dim) => !axes.includes(dim));
    const order = [...kept, ...[...axes].sort((a, b) => a - b)];
    const strides = stridesOf(x.shape);
    const sizes = order.map((dim) => x.shape[dim] as number);
    const to = stridesOf(sizes);
    const gathered = backend.pool.take(values.length);
    const dims = mergedDims(
      order.map((dim, place) => [sizes[place] as number, strides[dim] as number, to[place] as number]),
    );
    addon.copy(dims, values, 0, gathered, 0);
    addon.reduce(kind, values.length / reduced, reduced, 1, gathered, result);
    backend.pool.release(gathered);
    return info;
  };
