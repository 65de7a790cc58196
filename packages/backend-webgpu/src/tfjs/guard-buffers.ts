import { BackendError } from "@dylora/errors";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";

type BufferManager = WebGPUBackend["bufferManager"];

/** Bytes of freed buffers that are kept for reuse whatever is in use. */
const alwaysKept = 256 * 2 ** 20;

/** A size for people. */
export const megabytes = (bytes: number): string => `${Number((bytes / 2 ** 20).toPrecision(3))} MiB`;

/** @throws BackendError `buffer_too_large` for a tensor of more bytes than a buffer holds */
export function refuseBuffer(size: number, limit: number): void {
  if (size <= limit) return;
  throw new BackendError(
    "buffer_too_large",
    `a tensor of ${megabytes(size)} does not fit this GPU, whose buffers hold at most ${megabytes(limit)}; ` +
      "use a smaller batch, shorter sequences or a smaller model, or a backend on the CPU",
    { details: { size, limit } },
  );
}

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
export function guardBuffers(manager: BufferManager, limit: () => number): void {
  const acquire = manager.acquireBuffer.bind(manager);
  manager.acquireBuffer = (size, ...rest) => {
    refuseBuffer(size, limit());
    const idle = manager.numBytesAllocated - manager.numBytesUsed;
    if (idle > Math.max(alwaysKept, manager.numBytesUsed)) emptyPool(manager);
    return acquire(size, ...rest);
  };
}
