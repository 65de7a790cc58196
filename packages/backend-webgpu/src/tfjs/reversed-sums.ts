/**
 * `Cumsum` and `Cumprod` from the end. tfjs keeps a shader for them that has the length of the first tensor in it, and
 * uses it for tensors of every length; here the tensor is reversed, which needs no such shader.
 */

import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

type KernelFunc = NonNullable<ReturnType<typeof tf.getKernel>>["kernelFunc"];
type Attributes = { axis: number; exclusive: boolean; reverse: boolean };

const replaced = new WeakSet<KernelFunc>();

const fromTheEnd =
  (original: KernelFunc, reversing: KernelFunc): KernelFunc =>
  ({ inputs, attrs, backend }) => {
    const { axis, exclusive, reverse } = attrs as unknown as Attributes;
    if (!reverse) return original({ inputs, attrs: attrs as tf.NamedAttrMap, backend });
    const reversed = (x: TensorInfo) => reversing({ inputs: { x }, attrs: { dims: [axis] }, backend }) as TensorInfo;
    const x = reversed(inputs["x"] as TensorInfo);
    const sums = original({ inputs: { x }, attrs: { axis, exclusive, reverse: false }, backend }) as TensorInfo;
    const result = reversed(sums);
    for (const { dataId } of [x, sums]) (backend as tf.KernelBackend).disposeData(dataId);
    return result;
  };

/** Replaces both, once. */
export function replaceReversedSums(): void {
  const reversing = tf.getKernel("Reverse", "webgpu");
  for (const kernelName of ["Cumsum", "Cumprod"]) {
    const original = tf.getKernel(kernelName, "webgpu");
    if (original == null || reversing == null || replaced.has(original.kernelFunc)) continue;
    const kernelFunc = fromTheEnd(original.kernelFunc, reversing.kernelFunc);
    replaced.add(kernelFunc);
    tf.unregisterKernel(kernelName, "webgpu");
    tf.registerKernel({ ...original, kernelName, backendName: "webgpu", kernelFunc });
  }
}
