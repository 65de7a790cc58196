import type { FileHandle } from "node:fs/promises";

/**
 * Writes all bytes at a position of a file. One call of the operating system may take only part of them: at the last
 * free kilobytes of a disk it does, without an error.
 */
export async function writeAt(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.byteLength - done, position + done);
    done += bytesWritten;
  }
}
