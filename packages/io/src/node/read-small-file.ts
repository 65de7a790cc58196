import { type FileHandle, open } from "node:fs/promises";
import { FormatError } from "@dylora/errors";
import { formatBytes } from "../memory-guard.ts";
import { fileError } from "./file-error.ts";

/** All bytes of a file, which may be a pipe; undefined as soon as there are more than `most`. */
async function readAtMost(file: FileHandle, most: number): Promise<Uint8Array | undefined> {
  const { size } = await file.stat();
  if (size > most) return undefined;
  const chunks: Uint8Array[] = [];
  let total = 0;
  while (total <= most) {
    const chunk = new Uint8Array(Math.min(most + 1 - total, Math.max(size + 1 - total, 65_536)));
    const { bytesRead } = await file.read(chunk, 0, chunk.length);
    if (bytesRead === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, bytesRead));
    total += bytesRead;
  }
  return undefined;
}

/**
 * Reads a file that is to be small as a whole.
 *
 * @param maxBytes largest file in bytes that is read
 * @throws `FormatError` `file_missing`, `not_a_file`, `file_unreadable` or `file_too_large`
 *
 * @experimental
 */
export async function readSmallFile(path: string, maxBytes: number): Promise<Uint8Array> {
  let bytes: Uint8Array | undefined;
  try {
    const file = await open(path);
    try {
      bytes = await readAtMost(file, maxBytes);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw fileError(path, cause);
  }
  if (bytes !== undefined) return bytes;
  throw new FormatError("file_too_large", `${path} is larger than ${formatBytes(maxBytes)}, the most that is read`, {
    details: { path, maxBytes },
  });
}
