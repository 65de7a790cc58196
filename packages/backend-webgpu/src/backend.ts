import { BackendError } from "@dylora/errors";
import {
  type Availability,
  type BackendDescriptor,
  registerFusedKernels,
  registerGradients,
  startTfjs,
} from "@dylora/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { type AdapterSearch, describeAdapter, findAdapter, isSoftware } from "./gpu-adapter.ts";

/**
 * Settings of {@link webgpuBackend}.
 *
 * @experimental
 */
export interface WebgpuBackendOptions {
  /** Which GPU to take where there are two; default: `high-performance`. */
  readonly powerPreference?: "high-performance" | "low-power";
}

const tfjsName = "webgpu";

function availabilityOf(search: AdapterSearch): Availability {
  if (!("adapter" in search)) return { available: false, ...search };
  const detail = describeAdapter(search.adapter);
  return isSoftware(search.adapter) ? { available: true, detail, software: true } : { available: true, detail };
}

/**
 * The GPU through WebGPU: in the browser, and in Node through the package `webgpu` (Dawn), an optional peer that `init`
 * alone imports. Tensors are read with `await tensor.data()`.
 *
 * Starts share one backend: the first start's options hold until every start has been disposed.
 *
 * @example
 * ```ts
 * import { webgpuBackend } from "@dylora/backend-webgpu";
 * import { probeBackends } from "@dylora/tensor";
 *
 * const [probe] = await probeBackends([webgpuBackend()]);
 * console.log(probe?.availability); // the GPU, or what is missing
 * ```
 *
 * @experimental
 */
export function webgpuBackend({ powerPreference = "high-performance" }: WebgpuBackendOptions = {}): BackendDescriptor {
  return {
    id: "webgpu",
    contract: 1,
    available: async () => availabilityOf(await findAdapter(powerPreference)),
    async init() {
      const search = await findAdapter(powerPreference);
      const availability = availabilityOf(search);
      if (!availability.available) {
        throw new BackendError("backend_unavailable", `${availability.reason}; ${availability.remedy}`);
      }
      // tfjs's kernels are imported here, so that importing this package does nothing.
      const { registerGpuBackend } = await import("./tfjs/register-gpu-backend.ts");
      const { gpuKernels, softwareKernels } = await import("./kernels.ts");
      registerGpuBackend(tfjsName, powerPreference);
      const dispose = await startTfjs(tfjsName, "update the GPU's driver");
      registerGradients();
      registerFusedKernels(tfjsName, availability.software ? softwareKernels : gpuKernels);
      return {
        id: "webgpu",
        tfjsName,
        detail: `tfjs webgpu ${tf.version_core}, ${availability.detail}${availability.software ? ", kernels chosen for a processor" : ""}`,
        capabilities: { syncRead: false, precision: "float32", tolerance: 1e-5, threads: 1 },
        dispose,
      };
    },
  };
}

/**
 * The backend with default settings, as `useBackend("auto")` looks for it.
 *
 * @experimental
 */
export const descriptor: BackendDescriptor = webgpuBackend();
