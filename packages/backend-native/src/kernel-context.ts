import { type DropoutPlace, dropThreshold } from "@dylora/tensor";
import * as tf from "@tensorflow/tfjs-core";
import type { NativeAddon, NativeDropout } from "./addon/addon.ts";
import type { NativeTfjsBackend } from "./tfjs/tfjs-backend.ts";

/** What kernels work with. */
export interface KernelContext {
  readonly addon: NativeAddon;
  /** True when frozen weights and activations inside a block are bfloat16. */
  readonly bfloat16: boolean;
  /** The tensors of the active tfjs backend. */
  readonly tensors: NativeTfjsBackend;
}

/** The context on whichever tfjs backend is active when a kernel runs. */
export function makeKernelContext(addon: NativeAddon, bfloat16: boolean): KernelContext {
  return {
    addon,
    bfloat16,
    get tensors() {
      return tf.backend() as NativeTfjsBackend;
    },
  };
}

/** Null where nothing would be dropped. */
export function nativeDropout(place: DropoutPlace | undefined): NativeDropout | null {
  const threshold = place === undefined ? 0 : dropThreshold(place.probability);
  if (place === undefined || threshold === 0) return null;
  const { key, firstExample = 0, probability } = place;
  return { key: key | 0, firstExample: firstExample | 0, limit: threshold - 1, keep: 1 / (1 - probability) };
}
