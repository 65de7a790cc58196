import type { Stats } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { outputError } from "./file-error.ts";
import { openOutputStream, tryOpening } from "./output-stream.ts";
import { type OutputTarget, resolveOutput } from "./output-target.ts";
import { removeAbandoned, siblingOf } from "./partial-name.ts";

/** What can be written to a file: bytes, text, or pieces of bytes that are made while it is written. */
export type FileContent = Uint8Array | string | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** What file systems answer that cannot do a thing at all, or not for us. */
const CANNOT = new Set(["EACCES", "EPERM", "EROFS", "EBUSY", "EXDEV", "EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);
const cannot = (error: unknown): boolean => CANNOT.has((error as NodeJS.ErrnoException).code ?? "");

async function ifPossible(work: Promise<void>): Promise<void> {
  await work.catch((error) => {
    if (!cannot(error)) throw error;
  });
}

type Write = (piece: Uint8Array | string) => Promise<void>;

async function writePieces(content: FileContent, write: Write): Promise<void> {
  if (typeof content === "string" || content instanceof Uint8Array) return write(content);
  for await (const piece of content) await write(piece);
}

/** Makes the names in a folder durable, where the system has a call for that and allows it. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  await ifPossible(
    (async () => {
      const handle = await open(path, "r");
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    })(),
  );
}

async function fill(handle: FileHandle, content: FileContent): Promise<void> {
  try {
    await writePieces(content, (piece) => handle.writeFile(piece));
    await ifPossible(handle.sync());
  } finally {
    await handle.close();
  }
}

/** Writes a new file and waits until it is on the disk. */
export async function writeFileDurably(path: string, content: FileContent): Promise<void> {
  await fill(await open(path, "wx"), content);
}

/** Gives a new file the permissions and the owner of the one it replaces. False where the system does not let us. */
async function takesPlaceOf(old: Stats, handle: FileHandle): Promise<boolean> {
  if (process.platform === "win32") return true;
  try {
    const { uid, gid } = await handle.stat();
    if (uid !== old.uid || gid !== old.gid) await handle.chown(old.uid, old.gid);
    await handle.chmod(old.mode & 0o7777);
    return true;
  } catch (error) {
    if (cannot(error)) return false;
    throw error;
  }
}

/** Gives a file the permissions and the owner of one, as far as the system lets us. */
export async function keepPermissions(of: Stats, path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await takesPlaceOf(of, handle);
  } finally {
    await handle.close();
  }
}

/** Replaces the content of a file that has to stay the same file. What a crash leaves is then cut off. */
async function rewrite(path: string, content: FileContent): Promise<void> {
  const handle = await open(path, "r+");
  try {
    let length = 0;
    await writePieces(content, async (piece) => {
      await handle.writeFile(piece);
      length += Buffer.byteLength(piece);
    });
    await handle.truncate(length);
    await ifPossible(handle.sync());
  } finally {
    await handle.close();
  }
}

async function* contentOf(path: string): AsyncGenerator<Uint8Array> {
  const handle = await open(path, "r");
  try {
    yield* handle.createReadStream({ autoClose: false }) as AsyncIterable<Uint8Array>;
  } finally {
    await handle.close();
  }
}

/** False where a file can be written and not be replaced: a mount point, or another's in a folder such as `/tmp`. */
async function renamed(partial: string, path: string, old: Stats | undefined): Promise<boolean> {
  try {
    await rename(partial, path);
  } catch (error) {
    if (old !== undefined && cannot(error)) return false;
    throw error;
  }
  await syncFolder(dirname(path));
  return true;
}

async function replaceFile(path: string, old: Stats | undefined, content: FileContent): Promise<void> {
  if (old !== undefined) await tryOpening(path);
  await removeAbandoned(dirname(path), basename(path));
  const partial = siblingOf(path);
  let handle: FileHandle;
  try {
    handle = await open(partial, "wx");
  } catch (error) {
    // A folder that takes no new files may hold one that can be written.
    if (old !== undefined && cannot(error)) return rewrite(path, content);
    throw error;
  }
  try {
    let same = true;
    try {
      if (old !== undefined) same = await takesPlaceOf(old, handle);
    } finally {
      await fill(handle, content);
    }
    if (same && (await renamed(partial, path, old))) return;
  } catch (cause) {
    await rm(partial, { force: true });
    throw cause;
  }
  // Where this fails, the file beside it is the only whole one, and stays.
  await rewrite(path, contentOf(partial));
  await rm(partial, { force: true });
}

async function writeThrough(target: Exclude<OutputTarget, { kind: "file" }>, content: FileContent): Promise<void> {
  const stream = await openOutputStream(target);
  try {
    await writePieces(content, (piece) => stream.write(piece));
  } finally {
    await stream.close();
  }
}

/**
 * Writes a file so that a crash leaves either the old content or the new, never a mixture: it is written beside its
 * target, flushed to the disk and renamed. Permissions and owner of a file that is replaced are kept; another name
 * (hard link) of it keeps the old content.
 *
 * A link is followed, and what it leads to is replaced. What is no file, a device, a pipe, a socket, `/dev/stdout`, is
 * never replaced: the content is written through it. Only where a file can be written and not be replaced (its folder
 * takes no new files, or the file is a mount point or another user's) its content is written in place.
 *
 * @throws `ResourceError` `output_unwritable` when the file system refuses, `output_refused` for a folder; whatever
 * `content` throws while it is made. The target is untouched then and nothing is left beside it.
 */
export async function writeFileAtomic(path: string, content: FileContent): Promise<void> {
  try {
    const target = await resolveOutput(path);
    if (target.kind === "file") await replaceFile(target.path, target.stats, content);
    else await writeThrough(target, content);
  } catch (cause) {
    throw outputError(path, cause);
  }
}
