import type { Hash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FormatError, ResourceError, showValue } from "@dylora/errors";
import pRetry from "p-retry";
import { isCurrent, tryLockFile } from "../file-lock.ts";
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
class Broken extends Error {
  override readonly name = "Broken";
}

/** Size of what an earlier attempt left, having fed it to the hash. More than the whole file has is thrown away. */
async function hashPresent(handle: FileHandle, hash: Hash, limit: number): Promise<number> {
  const { size } = await handle.stat();
  if (size > limit) await handle.truncate(0);
  if (size === 0 || size > limit) return 0;
  // The lock is on this handle: on some systems no other one could read.
  for await (const chunk of handle.createReadStream({ start: 0, autoClose: false })) hash.update(chunk);
  return size;
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
  handle: FileHandle,
  file: RemoteFile,
  openRange: OpenRange,
  onProgress: (done: number) => void,
): Promise<void> {
  const hash = newBlobHash(file);
  let done = await hashPresent(handle, hash, file.size);
  onProgress(done);
  if (done < file.size) {
    done = await receive(handle, done, file, await openRange(done), (chunk, now) => {
      hash.update(chunk);
      onProgress(now);
    });
  }
  await handle.sync();
  if (done < file.size) throw new Broken(`${file.path} ended after ${done} of ${file.size} bytes`);
  if (hash.digest("hex") === file.checksum) return;
  throw new FormatError(
    "checksum_mismatch",
    `${file.path}: what was downloaded does not have the checksum ${file.checksum}`,
  );
}

/** True for a failure on the way; refusals of the file system and of the hub are final. */
const isBroken = (error: unknown): boolean => error instanceof Broken || error instanceof TypeError;

async function fetchInto(
  handle: FileHandle,
  file: RemoteFile,
  openRange: OpenRange,
  onProgress: (done: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  let gained = 0;
  let refused = 0;
  const once = async () => {
    let first: number | undefined;
    await attempt(handle, file, openRange, (done) => {
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
        await handle.truncate(0);
        return ++refused < 2;
      },
    });
  } catch (error) {
    if (!isBroken(error)) throw error;
    const message = `${file.path}: the connection broke again and again; run again to go on`;
    throw new ResourceError("download_broken", message, { cause: error, details: { path: file.path } });
  }
}

/**
 * Fetches a file into the cache, going on where an earlier attempt broke off, also one of an earlier process, and
 * checks its size and checksum. Where another process fetches the same file, it waits for that one; where that one
 * dies, it goes on in its place.
 *
 * @param blob where the finished file goes; a file beside it holds the unfinished one
 * @param openRange opens the remote content from an offset
 * @param onProgress told how many bytes of the file are there
 * @param signal stops it; what it holds as its reason is thrown
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
    // Opened without cutting it: it may be another's, and what is there may be used.
    const handle = await open(partial, constants.O_RDWR | constants.O_CREAT);
    try {
      if ((await tryLockFile(handle)) === false) {
        onProgress(Math.min((await handle.stat()).size, file.size));
        await sleep(LOOK_AGAIN, undefined, { signal });
      } else if ((await isCurrent(partial, handle)) && (await sizeOf(blob)) !== file.size) {
        await fetchInto(handle, file, openRange, onProgress, signal);
        await rename(partial, blob);
        await syncFolder(dirname(blob));
      }
    } catch (error) {
      // Nothing of it is worth going on with.
      if (error instanceof FormatError) await rm(partial, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
  }
}
