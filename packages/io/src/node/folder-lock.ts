import { type FileHandle, mkdir, open, rm, rmdir } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { ResourceError } from "@dylora/errors";
import { outputError } from "./file-error.ts";
import { isCurrent, tryLockFile } from "./file-lock.ts";

/**
 * Name of the file in a folder that its lock is on. It means nothing by itself: what counts is the system's lock.
 *
 * @experimental
 */
export const LOCK_FILE = ".dylora.lock";

/** Somebody who only looks whether there is a lock holds one for a moment. */
const ATTEMPTS = 5;
const PAUSE = 40;

/**
 * A folder that this process alone writes to.
 *
 * @experimental
 */
export interface FolderLock {
  /** False where this system, or the file system of the folder, has no locks: nothing keeps others out then. */
  readonly supported: boolean;
  /** Lets others write. A folder that was made for the lock and is empty is removed. */
  release(): Promise<void>;
}

/** Who holds a lock, as its file says; for messages. */
async function holderOf(handle: FileHandle): Promise<string> {
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(400), 0, 400, 0);
    const { pid, host, since } = JSON.parse(buffer.toString("utf8", 0, bytesRead)) as Record<string, unknown>;
    if (!Number.isSafeInteger(pid) || typeof host !== "string" || typeof since !== "string") return "";
    return `, process ${pid}${host === hostname() ? "" : ` on ${host.slice(0, 80)}`}, since ${since.slice(0, 40)}`;
  } catch {
    return "";
  }
}

/** Makes a folder and says which folders were not there before, innermost first. */
async function makeFolder(dir: string): Promise<string[]> {
  const first = await mkdir(dir, { recursive: true }).catch((cause) => {
    if (cause.code === "EEXIST" || cause.code === "ENOTDIR") {
      throw new ResourceError("output_not_folder", `${dir} is a file, not a folder`, { cause });
    }
    throw outputError(dir, cause);
  });
  if (first === undefined) return [];
  const made = [dir];
  while (made.at(-1) !== first && made.length < 100) made.push(dirname(made.at(-1) as string));
  return made.at(-1) === first ? made : [dir];
}

/**
 * Keeps a folder for this process, so that two of them do not write into it at once. The lock is the system's own: it
 * ends with the process, however that ends, so none is left behind. It holds among everything that calls this function,
 * also within one process, and on network file systems that have locks.
 *
 * The folder is created when it is missing.
 *
 * @throws `ResourceError` `folder_in_use` when somebody else has it; `output_not_folder`, `output_unwritable`
 *
 * @example
 * ```ts
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { lockFolder } from "@dylora/io/node";
 *
 * const lock = await lockFolder(join(await mkdtemp(join(tmpdir(), "runs-")), "mine"));
 * try {
 *   console.log(lock.supported);
 * } finally {
 *   await lock.release();
 * }
 * ```
 *
 * @experimental
 */
export async function lockFolder(dir: string): Promise<FolderLock> {
  const made = await makeFolder(dir);
  const path = join(dir, LOCK_FILE);
  let holder = "";
  for (let attempts = 0; attempts < ATTEMPTS; attempts++) {
    const handle = await open(path, "a+").catch((cause) => {
      throw outputError(path, cause);
    });
    const locked = await tryLockFile(handle);
    if (locked !== false && (await isCurrent(path, handle))) return keep(path, handle, made, locked === true);
    if (locked === false) holder = await holderOf(handle);
    await handle.close();
    if (locked === false) await wait(PAUSE);
  }
  throw new ResourceError(
    "folder_in_use",
    `${dir} is being written by another run of dylora${holder}; wait until it ends, stop it, or choose another folder`,
    { details: { dir } },
  );
}

async function keep(
  path: string,
  handle: FileHandle,
  made: readonly string[],
  supported: boolean,
): Promise<FolderLock> {
  const note = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
  // It helps people only; a full disk must not keep anybody from what would free it.
  await handle
    .truncate(0)
    .then(() => handle.write(JSON.stringify(note)))
    .catch(() => {});
  let held = true;
  return {
    supported,
    async release() {
      if (!held) return;
      held = false;
      // Removed while it is still held: whoever opened it before sees that the name is gone, and opens it anew.
      await rm(path, { force: true }).catch(() => {});
      await handle.close().catch(() => {});
      for (const folder of made) await rmdir(folder).catch(() => {});
    },
  };
}

/**
 * Whether somebody holds the lock of a folder at this moment. Writes nothing; where it cannot be told, the answer is no.
 *
 * @experimental
 */
export async function isFolderLocked(dir: string): Promise<boolean> {
  const handle = await open(join(dir, LOCK_FILE), "r").catch(() => undefined);
  if (handle === undefined) return false;
  try {
    return (await tryLockFile(handle, { shared: true })) === false;
  } catch {
    return false;
  } finally {
    await handle.close();
  }
}
