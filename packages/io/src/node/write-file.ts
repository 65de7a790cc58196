import { randomBytes } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { outputError } from "./file-error.ts";

/** What can be written to a file: bytes, text, or pieces of bytes that are made while it is written. */
export type FileContent = Uint8Array | string | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** A name beside `path` that no other process uses. */
export function siblingOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.partial-${randomBytes(6).toString("hex")}`);
}

async function writeAll(handle: FileHandle, content: FileContent): Promise<void> {
  if (typeof content === "string" || content instanceof Uint8Array) return handle.writeFile(content);
  for await (const piece of content) await handle.writeFile(piece);
}

/** Makes the names in a folder durable. Windows has no such call and needs none. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes a new file and waits until it is on the disk. */
export async function writeFileDurably(path: string, content: FileContent): Promise<void> {
  const handle = await open(path, "wx");
  try {
    await writeAll(handle, content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes a file so that a crash leaves either the old content or the new, never a mixture: it is written beside its
 * target, flushed to the disk and renamed.
 *
 * @throws `ResourceError` `output_unwritable` when the file system refuses; whatever `content` throws while it is
 * made. The target is untouched then and nothing is left beside it.
 */
export async function writeFileAtomic(path: string, content: FileContent): Promise<void> {
  const partial = siblingOf(path);
  try {
    await writeFileDurably(partial, content);
    await rename(partial, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    await rm(partial, { force: true });
    throw outputError(path, cause);
  }
}
