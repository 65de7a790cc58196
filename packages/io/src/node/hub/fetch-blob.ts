import type { Hash } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FormatError, ResourceError, showValue } from "@dylora/errors";
import pRetry from "p-retry";
import { openFile } from "../file-source.ts";
import { updateHash } from "../hash-file.ts";
import { tryLock } from "../lock.ts";
import { writeAt } from "../write-at.ts";
import { syncFolder } from "../write-file.ts";
import { newBlobHash } from "./blob-hash.ts";
import { sizeOf } from "./cache.ts";

/** One file to fetch, with what it must turn out to be. */
export interface RemoteFile {
  /** Path in the repository. */
  readonly path: string;
  /** Size in bytes. */
  readonly size: number;
  /** SHA-256 of the content (large files), or git's SHA-1 of the blob (small ones); the name in the cache. */
  readonly checksum: string;
}

/** Opens the content of a file from an offset on. */
export type OpenRange = (offset: number) => Promise<AsyncIterable<Uint8Array>>;

/** How a broken download is taken up again: after 0.1, 0.2 and 0.4 s. */
const pauses = { retries: 3, minTimeout: 100, factor: 2 };
/** An attempt that brought as many bytes does not count as a failed one. */
const WORTHWHILE = 1 << 20;
/** Pause before asking again whether another process has fetched a file, in milliseconds. */
const LOOK_AGAIN = 250;

/** A connection that ended before the content did. */
class Broken extends Error {}

/** Size of what an earlier attempt left, having fed it to the hash. */
async function hashPresent(path: string, hash: Hash, limit: number): Promise<number> {
  if ((await sizeOf(path)) === undefined) return 0;
  const source = await openFile(path);
  try {
    if (source.size > limit) return 0;
    await updateHash(hash, source, source.size);
    return source.size;
  } finally {
    await source.close();
  }
}

/** The chunks of a stream, whose failures (some of the hub's library are mere strings) are all broken connections. */
async function* unbroken(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (cause) {
    throw new Broken(cause instanceof Error ? cause.message : showValue(cause), { cause });
  }
}

async function receive(
  handle: FileHandle,
  from: number,
  file: RemoteFile,
  chunks: AsyncIterable<Uint8Array>,
  onBytes: (chunk: Uint8Array, done: number) => void,
): Promise<number> {
  let done = from;
  for await (const chunk of unbroken(chunks)) {
    if (done + chunk.byteLength > file.size) {
      throw new FormatError("download_too_long", `${file.path}: the server sent more than its ${file.size} bytes`);
    }
    await writeAt(handle, chunk, done);
    done += chunk.byteLength;
    onBytes(chunk, done);
  }
  return done;
}

/** One attempt: takes up what is there, fetches the rest. Resolves when everything arrived and is right. */
async function attempt(
  partial: string,
  file: RemoteFile,
  openRange: OpenRange,
  onProgress: (done: number) => void,
): Promise<void> {
  const hash = newBlobHash(file);
  const present = await hashPresent(partial, hash, file.size);
  const handle = await open(partial, present > 0 ? "r+" : "w");
  let done = present;
  try {
    onProgress(done);
    if (done < file.size) {
      done = await receive(handle, present, file, await openRange(present), (chunk, now) => {
        hash.update(chunk);
        onProgress(now);
      });
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (done < file.size) throw new Broken(`${file.path} ended after ${done} of ${file.size} bytes`);
  if (hash.digest("hex") === file.checksum) return;
  await truncate(partial);
  throw new FormatError(
    "checksum_mismatch",
    `${file.path}: what was downloaded does not have the checksum ${file.checksum}`,
  );
}

/** True for a failure on the way; refusals of the file system and of the hub are final. */
const isBroken = (error: unknown): boolean => error instanceof Broken || error instanceof TypeError;

async function fetchLocked(
  blob: string,
  partial: string,
  file: RemoteFile,
  openRange: OpenRange,
  onProgress: (done: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  let gained = 0;
  let refused = 0;
  const once = async () => {
    let first: number | undefined;
    await attempt(partial, file, openRange, (done) => {
      first ??= done;
      gained = done - first;
      onProgress(done);
    });
  };
  try {
    await pRetry(once, {
      ...pauses,
      signal,
      shouldConsumeRetry: () => gained < WORTHWHILE,
      async shouldRetry({ error }) {
        if (!(error instanceof FormatError)) return isBroken(error);
        // Wrong content may come of a wrong start, so once it is fetched anew.
        await rm(partial, { force: true });
        return ++refused < 2;
      },
    });
  } catch (error) {
    if (!isBroken(error)) throw error;
    const message = `${file.path}: the connection broke again and again; run again to go on`;
    throw new ResourceError("download_broken", message, { cause: error, details: { path: file.path } });
  }
  await rename(partial, blob);
  await syncFolder(dirname(blob));
}

/**
 * Fetches a file into the cache, going on where an earlier attempt broke off, also one of an earlier process, and
 * checks its size and checksum. Where another process fetches the same file, it waits for that one; where that one
 * dies, it goes on in its place.
 *
 * @param blob - Where the finished file goes; a file beside it holds the unfinished one.
 * @param openRange - Opens the remote content from an offset.
 * @param onProgress - Told how many bytes of the file are there.
 * @param signal - Stops it; what it holds as its reason is thrown.
 * @throws `FormatError` `checksum_mismatch` when a second, fresh download is wrong too; `ResourceError`
 * `download_broken` when the connection breaks again and again.
 */
export async function fetchBlob(
  blob: string,
  file: RemoteFile,
  openRange: OpenRange,
  onProgress: (done: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  // Python's library has a name of its own for unfinished files, and does not know our lock.
  const partial = `${blob}.dylora.incomplete`;
  await mkdir(dirname(blob), { recursive: true });
  while ((await sizeOf(blob)) !== file.size) {
    const release = await tryLock(partial);
    if (release === undefined) {
      onProgress(Math.min((await sizeOf(partial)) ?? 0, file.size));
      await sleep(LOOK_AGAIN, undefined, { signal });
      continue;
    }
    try {
      if ((await sizeOf(blob)) !== file.size) await fetchLocked(blob, partial, file, openRange, onProgress, signal);
    } finally {
      await release();
    }
  }
}
