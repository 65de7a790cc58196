import { BackendError } from "@dylora/errors";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";

type BufferManager = WebGPUBackend["bufferManager"];

/** Bytes of freed buffers that are kept for reuse whatever is in use. */
const alwaysKept = 256 * 2 ** 20;

const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

/** Parts of tfjs's buffer manager that it keeps private. */
interface Pool {
  freeBuffers: Map<string, GPUBuffer[]>;
  numFreeBuffers: number;
}

/** Destroys the freed buffers. None is part of work still to be submitted: tfjs frees a buffer after that. */
function emptyPool(manager: BufferManager): void {
  const pool = manager as unknown as Pool;
  for (const [key, buffers] of pool.freeBuffers) {
    for (const buffer of buffers) {
      manager.numBytesAllocated -= buffer.size;
      buffer.destroy();
    }
    // The key stays: an empty map means to tfjs that the manager has been disposed.
    pool.freeBuffers.set(key, []);
  }
  pool.numFreeBuffers = 0;
}

/**
 * Makes tfjs's buffers respect the device. A buffer above its limits is refused (WebGPU itself would compute with
 * nothing in its place), and freed buffers are given back once more of them lie idle than are in use: tfjs keeps every
 * size it ever met.
 *
 * @throws BackendError `buffer_too_large` from the op that asks for too much
 */
export function guardBuffers(
  manager: BufferManager,
  {
    maxBufferSize,
    maxStorageBufferBindingSize,
  }: Pick<GPUSupportedLimits, "maxBufferSize" | "maxStorageBufferBindingSize">,
): void {
  const limit = Math.min(maxBufferSize, maxStorageBufferBindingSize);
  const acquire = manager.acquireBuffer.bind(manager);
  manager.acquireBuffer = (size, ...rest) => {
    if (size > limit) {
      throw new BackendError(
        "buffer_too_large",
        `a tensor of ${megabytes(size)} does not fit this GPU, whose buffers hold at most ${megabytes(limit)}; ` +
          "use a smaller batch or model, or an engine on the CPU",
        { details: { size, limit } },
      );
    }
    const idle = manager.numBytesAllocated - manager.numBytesUsed;
    if (idle > Math.max(alwaysKept, manager.numBytesUsed)) emptyPool(manager);
    return acquire(size, ...rest);
  };
}
