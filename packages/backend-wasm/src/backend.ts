import { type BackendDescriptor, registerFusedKernels, registerGradients } from "@dylora/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { kernelContextOf } from "./kernel-context.ts";
import { wasmKernels } from "./kernels.ts";
import { kernelVariant, mayCompile } from "./module/kernel-module.ts";
import { addGradientKernels } from "./tfjs/gradient-kernels.ts";
import { keepingProcessListeners } from "./tfjs/process-listeners.ts";
import { startModule } from "./tfjs/start-module.ts";
import { replaceTfjsKernels } from "./tfjs/tfjs-kernels.ts";

/** Settings of {@link wasmBackend}. */
export interface WasmBackendOptions {
  /**
   * Folder from which a browser without WebAssembly SIMD (older than 2023) fetches `tfjs-backend-wasm.wasm`, with a slash
   * at its end. Node and every current browser need no file: what they run is part of this package's scripts.
   */
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
      if (!mayCompile()) {
        const reason = "the page's Content-Security-Policy forbids WebAssembly";
        return { available: false, reason, remedy: "add 'wasm-unsafe-eval' to its script-src" };
      }
      return { available: true, detail: "WebAssembly, SIMD, 1 thread" };
    },
    async init() {
      const simd = await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT");
      const stop = await startModule(simd === true, options.wasmPath);
      registerGradients();
      replaceTfjsKernels();
      addGradientKernels();
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
