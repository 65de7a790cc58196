import * as tf from "@tensorflow/tfjs-core";
import type { NativeAddon } from "./addon/addon.ts";
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
