import { BackendError, checkWhole } from "@dylora/errors";
import {
  type Availability,
  type BackendDescriptor,
  registerFusedKernels,
  registerGradients,
  startTfjs,
} from "@dylora/tensor";
import * as tf from "@tensorflow/tfjs-core";
import type { NativeAddon } from "./addon/addon.ts";
import { type AddonSearch, findAddon } from "./addon/find-addon.ts";
import { physicalCores } from "./addon/physical-cores.ts";
import { makeKernelContext } from "./kernel-context.ts";
import { nativeKernels } from "./kernels.ts";
import { NativeTfjsBackend } from "./tfjs/tfjs-backend.ts";
import { replaceTfjsKernels } from "./tfjs/tfjs-kernels.ts";

/** Settings of {@link nativeBackend}. */
export interface NativeBackendOptions {
  /**
   * Arithmetic of the frozen weights' products: `float32` (the default), or `bfloat16`, in which frozen weights and the
   * activations inside a block are bfloat16 with sums in float32; adapters, head, optimiser and the residual stream stay
   * float32. A CPU with AVX-512 bf16 or AMX multiplies it in hardware, which is faster; on others the weights take half
   * the memory and are multiplied in float32, which saves no time but in generation. `detail` of the started backend
   * says which of the two it is.
   */
  readonly precision?: "float32" | "bfloat16";
  /** Threads to compute with; default: the physical cores this process may use. */
  readonly threads?: number;
}

/**
 * Float32: rounding of sums as in any other backend. Bfloat16: numbers keep 8 significant bits (a relative rounding of
 * up to 2⁻⁸ = 0.004 at a time), and a block rounds some ten times on the way from its input to a gradient of its pairs.
 */
const tolerances = { float32: 1e-5, bfloat16: 3e-2 } as const;

function chosenThreads({ threads = physicalCores() }: NativeBackendOptions): number {
  checkWhole("bad_threads", "threads", threads, { min: 1, max: 1024 });
  return threads;
}

function describe(search: AddonSearch, precision: "float32" | "bfloat16", threads: number): Availability {
  if (!("addon" in search)) return { available: false, ...search };
  const { detail, bfloat16 } = search.addon.describe();
  const halves = bfloat16 ? "bfloat16 multiplied in hardware" : "bfloat16 stored, multiplied in float32";
  const arithmetic = precision === "float32" ? `float32 (or ${halves})` : halves;
  return { available: true, detail: `${detail}, ${arithmetic}, ${threads} thread${threads === 1 ? "" : "s"}` };
}

/** tfjs's kernels in JavaScript under our name, with those that training meets replaced. */
function registerBackend(addon: NativeAddon): void {
  if (tf.findBackendFactory("native") !== null) return;
  tf.registerBackend("native", () => new NativeTfjsBackend(addon));
  if (tf.getKernelsForBackend("native").length > 0) return;
  tf.copyRegisteredKernels("cpu", "native");
  replaceTfjsKernels(addon);
}

/**
 * The fast CPU backend: whole transformer blocks in C++ on oneDNN, all cores, float32 or bfloat16. It needs its addon,
 * which is built when the package is installed where a C++ compiler and oneDNN are present.
 *
 * Starts share one backend: the latest start's precision and threads hold for what is frozen and computed after it.
 *
 * @throws ConfigError `bad_threads`
 *
 * @example
 * ```js
 * import { nativeBackend } from "@dylora/backend-native";
 * import { probeBackends } from "@dylora/tensor";
 *
 * const [probe] = await probeBackends([nativeBackend({ precision: "float32" })]);
 * console.log(probe?.availability); // what would run, or what to install
 * ```
 */
export function nativeBackend(options: NativeBackendOptions = {}): BackendDescriptor {
  const { precision = "float32" } = options;
  const threads = chosenThreads(options);
  return {
    id: "native",
    contract: 1,
    available: async () => describe(findAddon(), precision, threads),
    async init() {
      const search = findAddon();
      const availability = describe(search, precision, threads);
      if (!availability.available || !("addon" in search)) {
        const { reason, remedy } = availability as Extract<Availability, { available: false }>;
        throw new BackendError("backend_unavailable", `backend "native" cannot run here: ${reason}; ${remedy}`);
      }
      const { addon } = search;
      registerBackend(addon);
      const stop = await startTfjs("native", "build its addon anew");
      registerGradients();
      addon.setThreads(threads);
      registerFusedKernels("native", nativeKernels(makeKernelContext(addon, precision === "bfloat16")));
      return {
        id: "native",
        tfjsName: "native",
        detail: availability.detail,
        capabilities: { syncRead: true, precision, tolerance: tolerances[precision], threads },
        dispose() {
          stop();
          if (tf.findBackendFactory("native") === null) addon.trim();
        },
      };
    },
  };
}

/** The backend with default settings, as `useBackend("auto")` looks for it. */
export const descriptor: BackendDescriptor = nativeBackend();

/** The backend in bfloat16, as `--backend native:bfloat16` looks for it. */
export const bfloat16Descriptor: BackendDescriptor = nativeBackend({ precision: "bfloat16" });
