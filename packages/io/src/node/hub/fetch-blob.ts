import { createHash, type Hash } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FormatError, ResourceError } from "@dylora/errors";
import { openFile } from "../file-source.ts";
import { updateHash } from "../hash-file.ts";
import { exists } from "./cache.ts";

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

/** How often a broken download is taken up again before giving up. */
const ATTEMPTS = 4;
/** Pause before the second attempt, in milliseconds; it doubles each time. */
const FIRST_PAUSE = 100;

function newHash({ checksum, size }: RemoteFile): Hash {
  if (checksum.length === 64) return createHash("sha256");
  // Git names a blob by the hash of a header and the content.
  return createHash("sha1").update(`blob ${size}\0`);
}

/** Size of what an earlier attempt left, having fed it to the hash. */
async function hashPresent(path: string, hash: Hash, limit: number): Promise<number> {
  if (!(await exists(path))) return 0;
  const source = await openFile(path);
  try {
    if (source.size > limit) return 0;
    await updateHash(hash, source, source.size);
    return source.size;
  } finally {
    await source.close();
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
  for await (const chunk of chunks) {
    if (done + chunk.byteLength > file.size) {
      throw new FormatError("download_too_long", `${file.path}: the server sent more than its ${file.size} bytes`);
    }
    // Writing at a position lets two processes that fetch the same file help rather than spoil one another.
    await handle.write(chunk, 0, chunk.byteLength, done);
    done += chunk.byteLength;
    onBytes(chunk, done);
  }
  return done;
}

/** One attempt: takes up what is there, fetches the rest. Resolves to true when everything arrived and is right. */
async function attempt(
  partial: string,
  file: RemoteFile,
  openRange: OpenRange,
  onProgress: (done: number) => void,
): Promise<boolean> {
  const hash = newHash(file);
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
  if (done < file.size) return false;
  if (hash.digest("hex") === file.checksum) return true;
  await truncate(partial);
  throw new FormatError(
    "checksum_mismatch",
    `${file.path}: what was downloaded does not have the checksum ${file.checksum}`,
  );
}

/**
 * Fetches a file into the cache, going on where an earlier attempt broke off, also one of an earlier process, and
 * checks its size and checksum.
 *
 * @param blob - Where the finished file goes; `<blob>.incomplete` holds the unfinished one.
 * @param openRange - Opens the remote content from an offset.
 * @param onProgress - Told how many bytes of the file are there.
 * @throws `FormatError` `checksum_mismatch` when a second, fresh download is wrong too; `ResourceError`
 * `download_broken` when the connection breaks again and again.
 */
export async function fetchBlob(
  blob: string,
  file: RemoteFile,
  openRange: OpenRange,
  onProgress: (done: number) => void,
): Promise<void> {
  const partial = `${blob}.incomplete`;
  await mkdir(dirname(blob), { recursive: true });
  let problem: unknown;
  let mismatches = 0;
  for (let tries = 0; tries < ATTEMPTS; tries++) {
    if (tries > 0) await sleep(FIRST_PAUSE * 2 ** (tries - 1));
    try {
      if (await attempt(partial, file, openRange, onProgress)) {
        await rename(partial, blob);
        return;
      }
    } catch (error) {
      problem = error;
      if (error instanceof FormatError) {
        await rm(partial, { force: true });
        if (++mismatches === 2) throw error;
      } else if (!isBroken(error)) {
        throw error;
      }
    }
  }
  throw new ResourceError(
    "download_broken",
    `${file.path}: the connection broke ${ATTEMPTS} times; run again to go on`,
    {
      cause: problem,
      details: { path: file.path },
    },
  );
}

/** True for a connection that failed on the way; the file system's and the hub's refusals are final. */
function isBroken(error: unknown): boolean {
  return (
    error instanceof TypeError || ["ECONNRESET", "ETIMEDOUT", "EPIPE"].includes((error as { code?: string }).code ?? "")
  );
}
