import { BackendError } from "@dylora/errors";
import { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type { backend_util } from "@tensorflow/tfjs-core";
import { guardBuffers } from "./guard-buffers.ts";

/**
 * tfjs's WebGPU backend with what it lacks: the device's limits are respected, what goes wrong on the device is an error
 * of the next read instead of silent zeros, and the end of the backend is the end of the device.
 */
export class GpuBackend extends WebGPUBackend {
  #failure: BackendError | undefined;
  #ended = false;
  /** True where the device computes on a processor. */
  readonly inSoftware: boolean;
  /** Bytes that a tensor takes at most: what a buffer of the device holds, and a program binds. */
  readonly bufferLimit: number;

  /** Takes the device over. */
  constructor(device: GPUDevice, info: GPUAdapterInfo, inSoftware: boolean) {
    super(device, info);
    this.inSoftware = inSoftware;
    const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
    this.bufferLimit = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    guardBuffers(this.bufferManager, () => this.bufferLimit);
    device.addEventListener("uncapturederror", (event) => {
      const { error } = event as GPUUncapturedErrorEvent;
      this.#fail(`the GPU reports: ${error.message.split("\n", 1)[0]}`);
    });
    void device.lost.then(({ message }) => {
      if (!this.#ended) this.#fail(`the GPU was lost: ${message || "no reason given"}; start the backend again`);
    });
  }

  #fail(message: string): void {
    this.#failure ??= new BackendError("backend_failed", message);
  }

  #refuseWhenEnded(): void {
    if (!this.#ended) return;
    throw new BackendError(
      "backend_failed",
      "this tensor was on a GPU backend that has been disposed, and went with it",
    );
  }

  override async read(dataId: object): Promise<backend_util.BackendValues> {
    this.#refuseWhenEnded();
    try {
      const values = await super.read(dataId);
      if (this.#failure === undefined) return values;
    } catch (cause) {
      this.#refuseWhenEnded();
      if (this.#failure === undefined) throw cause;
    }
    throw this.#failure;
  }

  override readSync(dataId: object): backend_util.BackendValues {
    this.#refuseWhenEnded();
    const data = this.tensorMap.get(dataId);
    const onGpu = data?.values == null && data?.dtype !== "string";
    // tfjs's way goes through a canvas, which Node has not.
    if (onGpu && (globalThis as { OffscreenCanvas?: unknown }).OffscreenCanvas === undefined) {
      throw new BackendError("sync_read", "a GPU cannot be read synchronously: use `await tensor.data()`");
    }
    return super.readSync(dataId);
  }

  override dispose(): void {
    if (this.#ended) return;
    this.#ended = true;
    super.dispose();
    this.device.destroy();
  }
}
