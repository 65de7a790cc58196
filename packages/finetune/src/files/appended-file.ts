import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { ResourceError } from "@dylora/errors";

/** A file that grows at its end, entry by entry. */
export interface AppendedFile {
  /** Its size when it was opened, in bytes. */
  readonly size: number;
  /**
   * Adds an entry; it is with the system when this returns.
   *
   * @throws ResourceError `output_unwritable`; the file then ends with the entry before
   */
  append(entry: string | Uint8Array): void;
  /** Closes it. */
  close(): void;
}

/** The whole of an entry, however many calls that takes: near the end of a disk, one writes a part. */
function writeWhole(file: number, entry: string | Uint8Array): void {
  const bytes = typeof entry === "string" ? Buffer.from(entry) : entry;
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

/** The error of a file that cannot be written. */
export function unwritable(path: string, cause: unknown): ResourceError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const reason = code === "ENOSPC" ? "the disk is full" : (code ?? message);
  return new ResourceError("output_unwritable", `${path} cannot be written: ${reason}`, { cause, details: { path } });
}

/**
 * Opens a file to add to it.
 *
 * @param options `fresh`: refuse a file that is there already
 * @throws ResourceError `output_unwritable`
 */
export function openAppended(path: string, { fresh = false }: { readonly fresh?: boolean } = {}): AppendedFile {
  let file: number;
  try {
    file = openSync(path, fresh ? "ax" : "a");
  } catch (cause) {
    throw unwritable(path, cause);
  }
  return {
    size: fstatSync(file).size,
    append(entry) {
      const before = fstatSync(file).size;
      try {
        writeWhole(file, entry);
      } catch (cause) {
        // A part of an entry is no use to anybody. Devices and pipes cannot be shortened.
        try {
          ftruncateSync(file, before);
        } catch {}
        throw unwritable(path, cause);
      }
    },
    close: () => closeSync(file),
  };
}
