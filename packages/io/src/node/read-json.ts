import { type FileHandle, open } from "node:fs/promises";
import { FormatError } from "@dylora/errors";
import { type JsonObject, parseJsonObject } from "../json.ts";
import { formatBytes } from "../memory-guard.ts";
import { fileError } from "./file-error.ts";

/** The largest are tokenizers: that of a million tokens takes 60 MB. */
const USUAL_LIMIT = 96 * 2 ** 20;

/** Settings of {@link readJsonObject}. */
export interface ReadJsonOptions {
  /** Largest file in bytes that is read. Default 96 MiB. */
  readonly maxBytes?: number;
}

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
 * Reads a JSON file that holds an object.
 *
 * @throws `FormatError` `file_missing`, `file_unreadable`, `file_too_large`, `lfs_pointer` or `bad_json`.
 */
export async function readJsonObject(
  path: string,
  { maxBytes = USUAL_LIMIT }: ReadJsonOptions = {},
): Promise<JsonObject> {
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
  if (bytes !== undefined) return parseJsonObject(bytes, path);
  throw new FormatError("file_too_large", `${path} is larger than ${formatBytes(maxBytes)}, the most that is read`, {
    details: { path, maxBytes },
  });
}
