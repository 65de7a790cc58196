import { ResourceError } from "@dylora/errors";

/**
 * Asked before every large allocation; throws a `ResourceError` to refuse it.
 *
 * @param bytes size of the allocation
 * @param what what it is for, for the message
 */
export type MemoryGuard = (bytes: number, what: string) => void;

/** Largest single array that every supported version of Node can hold: 4 GiB, the limit of Node 20. */
export const MAX_ARRAY_BYTES: number = 2 ** 32;

/**
 * A {@link MemoryGuard} with a fixed limit for one allocation.
 *
 * @param limit largest size allowed, in bytes
 * @throws The guard throws `ResourceError` `out_of_memory` for anything larger.
 */
export function fixedMemoryGuard(limit: number = MAX_ARRAY_BYTES): MemoryGuard {
  return (bytes, what) => {
    if (bytes <= limit) return;
    throw new ResourceError(
      "out_of_memory",
      `${what} needs ${formatBytes(bytes)}, above the limit of ${formatBytes(limit)}`,
      {
        details: { bytes, limit },
      },
    );
  };
}

/** A size for people: `512 B`, `4.0 GiB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${bytes} B` : `${value.toFixed(1)} ${units[unit]}`;
}
