import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { NativeAddon } from "../addon/addon.ts";
import type { NativeTfjsBackend } from "./tfjs-backend.ts";

/** What tfjs calls for a kernel. */
export type KernelFunc = NonNullable<ReturnType<typeof tf.getKernel>>["kernelFunc"];

/** Makes a kernel from the one that was there, which serves for what the new one does not take. */
export type KernelMaker = (addon: NativeAddon) => (original: KernelFunc) => KernelFunc;

/** Below this many numbers tfjs's own loop costs no more. */
export const smallest = 1024;

/** Puts a kernel in the place of one that is registered. */
export function replaceKernel(kernelName: string, addon: NativeAddon, make: KernelMaker): void {
  const original = tf.getKernel(kernelName, "native");
  if (original == null) return;
  tf.unregisterKernel(kernelName, "native");
  const kernelFunc = make(addon)(original.kernelFunc);
  tf.registerKernel({ ...original, kernelName, backendName: "native", kernelFunc });
}

/**
 * The numbers of a float32 tensor. Undefined for other types, also where the numbers of one were cast to float32 and
 * still lie in an array of their own type.
 */
export function floatsOf(backend: NativeTfjsBackend, { dataId, dtype }: TensorInfo): Float32Array | undefined {
  const { values } = backend.data.get(dataId);
  return dtype === "float32" && values instanceof Float32Array ? values : undefined;
}
