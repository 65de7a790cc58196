import { type BackendDescriptor, registerFusedKernels, registerGradients, startTfjs } from "@dylora/tensor";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { kernelContextOf } from "./kernel-context.ts";
import { wasmKernels } from "./kernels.ts";
import { kernelVariant } from "./module/kernel-module.ts";
import { addGradientKernels } from "./tfjs/gradient-kernels.ts";
import { keepingProcessListeners, removeModuleListeners } from "./tfjs/process-listeners.ts";
import { replaceTfjsKernels } from "./tfjs/tfjs-kernels.ts";

/** Settings of {@link wasmBackend}. */
export interface WasmBackendOptions {
  /** Where a browser fetches the `.wasm` files from; not needed in Node, where they lie in the package. */
  readonly wasmPath?: string;
  /**
   * Use of relaxed SIMD (Node 22 and newer, current browsers), whose fused multiply-add makes products a third faster.
   * Its rounding is the processor's; without it results are the same bits on every runtime and machine. Default: true
   * where the runtime has it.
   */
  readonly relaxedSimd?: boolean;
}

const names = { simd: "SIMD", "relaxed-simd": "relaxed SIMD" } as const;

/**
 * The default backend: tfjs's WebAssembly backend with SIMD, one thread, in Node and browser.
 *
 * @example
 * ```ts
 * import { wasmBackend } from "@dylora/backend-wasm";
 * import { useBackend } from "@dylora/tensor";
 *
 * const backend = await useBackend(wasmBackend());
 * console.log(backend.detail);
 * ```
 */
export function wasmBackend(options: WasmBackendOptions = {}): BackendDescriptor {
  return {
    id: "wasm",
    contract: 1,
    async available() {
      if ((globalThis as { WebAssembly?: unknown }).WebAssembly === undefined) {
        return { available: false, reason: "WebAssembly is missing", remedy: "use Node 20.19 or a current browser" };
      }
      return { available: true, detail: "WebAssembly, SIMD, 1 thread" };
    },
    async init() {
      if (options.wasmPath !== undefined) setWasmPaths(options.wasmPath);
      const stop = await startTfjs("wasm", "in a browser, check wasmPath");
      removeModuleListeners();
      registerGradients();
      replaceTfjsKernels();
      addGradientKernels();
      const simd = await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT");
      const variant = options.relaxedSimd === false ? "simd" : kernelVariant();
      registerFusedKernels("wasm", simd ? wasmKernels(await kernelContextOf(tf.backend(), variant)) : {});
      return {
        id: "wasm",
        tfjsName: "wasm",
        detail: `tfjs wasm ${tf.version_core}, ${simd ? names[variant] : "no SIMD"}, 1 thread`,
        capabilities: { syncRead: true, precision: "float32", tolerance: 1e-5, threads: 1 },
        dispose: () => keepingProcessListeners(stop),
      };
    },
  };
}

/** The backend with default settings, as `useBackend("auto")` looks for it. */
export const descriptor: BackendDescriptor = wasmBackend();
