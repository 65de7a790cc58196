import { FormatError } from "@dylora/errors";

/**
 * Random access to a run of bytes: a file, a Blob, a buffer, a range of a remote file.
 *
 * Implement these four members to read model files from anywhere else.
 */
export interface ByteSource {
  /** What messages call it: a path or a file name. */
  readonly name: string;
  /** Number of bytes in all. */
  readonly size: number;
  /**
   * Reads exactly `length` bytes from `offset`. The array is the caller's own: nothing else writes to it.
   *
   * @throws `FormatError` `truncated` when the bytes are not there.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Frees what the source holds, such as a file handle. */
  close(): Promise<void>;
}

/** Throws unless `[offset, offset + length)` lies inside a source of `size` bytes. */
export function checkRange(name: string, size: number, offset: number, length: number): void {
  const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (whole && offset + length <= size) return;
  throw new FormatError("truncated", `${name}: bytes ${offset}..${offset + length} lie outside its ${size} bytes`, {
    details: { name, size, offset, length },
  });
}

/**
 * A {@link ByteSource} over bytes in memory. Reads copy, so the buffer stays untouched by what callers do.
 *
 * @param name what error messages call it
 */
export function bytesFromArray(bytes: Uint8Array, name = "bytes in memory"): ByteSource {
  return {
    name,
    size: bytes.byteLength,
    async read(offset, length) {
      checkRange(name, bytes.byteLength, offset, length);
      return new Uint8Array(bytes.subarray(offset, offset + length));
    },
    async close() {},
  };
}

/**
 * A {@link ByteSource} over a Blob or File, as a browser's file input gives: only what is asked for is read.
 *
 * @param name what error messages call it
 */
export function bytesFromBlob(blob: Blob, name = "blob"): ByteSource {
  return {
    name,
    size: blob.size,
    async read(offset, length) {
      checkRange(name, blob.size, offset, length);
      return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
    },
    async close() {},
  };
}
