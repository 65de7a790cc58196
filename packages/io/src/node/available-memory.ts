import { constants } from "node:buffer";
import { freemem } from "node:os";
import { ResourceError } from "@dylora/errors";
import { fixedMemoryGuard, formatBytes, type MemoryGuard } from "../memory-guard.ts";

/** Bytes that this process may still take: what the system (or the container's limit) leaves. */
export function availableMemory(): number {
  // `availableMemory` heeds container limits; it came with Node 20.13 and is missing from older typings.
  const { availableMemory: available } = process as { availableMemory?: () => number };
  return available === undefined ? freemem() : available.call(process);
}

/**
 * True when `bytes` more fit in memory now. Ask before a large piece of work, such as loading a whole model.
 *
 * @param available bytes at hand. Default {@link availableMemory}.
 */
export function hasRoomFor(bytes: number, available: number = availableMemory()): boolean {
  return bytes <= available;
}

/**
 * A {@link MemoryGuard} that refuses what this version of Node cannot hold in one array or the machine cannot hold now.
 *
 * @param available tells the bytes at hand. Default {@link availableMemory}.
 * @throws The guard throws `ResourceError` `out_of_memory`.
 */
export function availableMemoryGuard(available: () => number = availableMemory): MemoryGuard {
  const fitsOneArray = fixedMemoryGuard(constants.MAX_LENGTH);
  return (bytes, what) => {
    fitsOneArray(bytes, what);
    const free = available();
    if (hasRoomFor(bytes, free)) return;
    throw new ResourceError(
      "out_of_memory",
      `${what} needs ${formatBytes(bytes)}, but only ${formatBytes(free)} are free`,
      {
        details: { bytes, available: free },
      },
    );
  };
}
