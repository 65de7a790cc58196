/**
 * Two kernels of tfjs's wasm engine that get in the way of training. `Identity` copies, though tensors never change:
 * every tensor that a gradient keeps would be there twice. `GatherV2` computes the place of every single element, which
 * makes looking up a batch of embeddings cost as much as an attention layer.
 */

import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

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

const shareIdentity = (original: KernelFunc): KernelFunc =>
  function identity(parameters) {
    const x = parameters.inputs["x"] as TensorInfo;
    if (x.dtype === "string") return original(parameters);
    (parameters.backend as BackendWasm).incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  };

const gatherRows = (original: KernelFunc): KernelFunc =>
  function gather(parameters) {
    const { x, indices } = parameters.inputs as { x: TensorInfo; indices: TensorInfo };
    const { axis, batchDims } = parameters.attrs as unknown as { axis: number; batchDims: number };
    const plain = axis === 0 && batchDims === 0 && x.shape.length > 0;
    if (!plain || x.dtype !== "float32" || indices.dtype !== "int32") return original(parameters);
    const backend = parameters.backend as BackendWasm;
    const [rows = 0, ...rest] = x.shape;
    const out = backend.makeOutput([...indices.shape, ...rest], "float32");
    const size = tf.util.sizeFromShape(rest);
    const [from, to] = [backend.typedArrayFromHeap(x), backend.typedArrayFromHeap(out)];
    let at = 0;
    for (const row of backend.typedArrayFromHeap(indices)) {
      if (row < 0 || row >= rows) {
        backend.disposeData(out.dataId);
        throw new Error(`GatherV2: the index value ${row} is not in [0, ${rows - 1}]`);
      }
      to.set(from.subarray(row * size, (row + 1) * size), at);
      at += size;
    }
    return out;
  };

/** Replaces both, once. */
export function replaceTfjsKernels(): void {
  replaceKernel("Identity", shareIdentity);
  replaceKernel("GatherV2", gatherRows);
}
