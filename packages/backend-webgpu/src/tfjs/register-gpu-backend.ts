import { BackendError } from "@dylora/errors";
import * as tf from "@tensorflow/tfjs-core";
import { type Adapter, findAdapter, isSoftware, withNavigatorGpu } from "../gpu-adapter.ts";
import { GpuBackend } from "./gpu-backend.ts";
import { replaceReversedSums } from "./reversed-sums.ts";

/** Limits of which the device gets all the adapter has; the others keep WebGPU's defaults. */
const raisedLimits = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension",
] as const;

async function openDevice(adapter: Adapter): Promise<GPUDevice> {
  return adapter.requestDevice({
    requiredFeatures: adapter.features.has("timestamp-query") ? ["timestamp-query"] : [],
    requiredLimits: Object.fromEntries(raisedLimits.map((name) => [name, adapter.limits[name]])),
  });
}

let ours: (() => Promise<tf.KernelBackend>) | undefined;

/**
 * Offers our backend to tfjs under its own name, in place of the one that tfjs offers by itself where it sees a GPU.
 *
 * @throws BackendError `backend_conflict` when the program already computes on tfjs's own
 */
export function registerGpuBackend(tfjsName: string, powerPreference: GPUPowerPreference): void {
  const registered = tf.findBackendFactory(tfjsName);
  if (registered !== null && registered === ours) return;
  if (registered !== null) {
    const { registry } = tf.engine() as unknown as { registry: Record<string, unknown> };
    if (registry[tfjsName] !== undefined) {
      throw new BackendError(
        "backend_conflict",
        "tfjs's own webgpu backend is already running in this program; start this one first, or remove that one with " +
          "tf.removeBackend('webgpu')",
      );
    }
    tf.removeBackend(tfjsName);
  }
  ours = async () => {
    const search = await findAdapter(powerPreference);
    if (!("adapter" in search)) {
      throw new BackendError("backend_unavailable", `${search.reason}; ${search.remedy}`);
    }
    const { gpu, adapter } = search;
    const device = await openDevice(adapter);
    return withNavigatorGpu(
      gpu,
      () => new GpuBackend(device, adapter.info as unknown as GPUAdapterInfo, isSoftware(adapter)),
    );
  };
  tf.registerBackend(tfjsName, ours);
  replaceReversedSums();
}
