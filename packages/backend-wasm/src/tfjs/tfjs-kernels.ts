/**
 * Two kernels of tfjs's wasm backend that get in the way of training. `Identity` copies, though tensors never change:
 * every tensor that a gradient keeps would be there twice. `GatherV2` computes the place of every single element, which
 * makes looking up a batch of embeddings cost as much as an attention layer.
 */

import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { startedKernelContext } from "../kernel-context.ts";

type Kernel = NonNullable<ReturnType<typeof tf.getKernel>>;
type KernelFunc = Kernel["kernelFunc"];

const replaced = new WeakSet<KernelFunc>();

/** Puts a kernel in the place of one that is registered; `make` is given what was there. */
function replaceKernel(kernelName: string, make: (original: KernelFunc) => KernelFunc): void {
  const original = tf.getKernel(kernelName, "wasm");
  if (original == null || replaced.has(original.kernelFunc)) return;
  const kernelFunc = make(original.kernelFunc);
  replaced.add(kernelFunc);
  tf.unregisterKernel(kernelName, "wasm");
  tf.registerKernel({ ...original, kernelName, backendName: "wasm", kernelFunc });
}

const shareIdentity =
  (original: KernelFunc): KernelFunc =>
  (parameters) => {
    const x = parameters.inputs["x"] as TensorInfo;
    if (x.dtype === "string") return original(parameters);
    (parameters.backend as BackendWasm).incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  };

const gatherRows =
  (original: KernelFunc): KernelFunc =>
  (parameters) => {
    const { x, indices } = parameters.inputs as { x: TensorInfo; indices: TensorInfo };
    const { axis, batchDims } = parameters.attrs as unknown as { axis: number; batchDims: number };
    const context = startedKernelContext(parameters.backend);
    const plain = axis === 0 && batchDims === 0 && x.shape.length > 0;
    if (context === undefined || !plain || x.dtype !== "float32" || indices.dtype !== "int32")
      return original(parameters);
    const backend = parameters.backend as BackendWasm;
    const [rows = 0, ...rest] = x.shape;
    const out = backend.makeOutput([...indices.shape, ...rest], "float32");
    const count = tf.util.sizeFromShape(indices.shape);
    const [ids, table, target] = [indices, x, out].map(({ dataId }) => backend.getMemoryOffset(dataId)) as [
      number,
      number,
      number,
    ];
    const copied = context.kernels.gatherRows(rows, tf.util.sizeFromShape(rest), count, ids, table, target);
    if (copied === count) return out;
    backend.disposeData(out.dataId);
    const bad = backend.typedArrayFromHeap(indices)[copied];
    throw new Error(`GatherV2: the index value ${bad} is not in [0, ${rows - 1}]`);
  };

/** Replaces both, once. */
export function replaceTfjsKernels(): void {
  replaceKernel("Identity", shareIdentity);
  replaceKernel("GatherV2", gatherRows);
}
