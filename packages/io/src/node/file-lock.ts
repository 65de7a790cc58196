/// <reference path="./fs-native-extensions.d.ts" />
import { type FileHandle, stat } from "node:fs/promises";

/** The byte that is locked. Windows keeps others from reading what is locked, so it lies behind what is written. */
const PLACE = 1 << 30;

type TryLock = (fd: number, offset: number, length: number, options?: { shared?: boolean }) => boolean;

/** Undefined where the prebuilt addon does not run. */
async function systemLock(): Promise<TryLock | undefined> {
  try {
    return (await import("fs-native-extensions")).tryLock;
  } catch {
    return undefined;
  }
}

/** What file systems without locks answer. */
const UNSUPPORTED = new Set(["ENOLCK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL"]);

/**
 * Tries to take the system's lock on an open file. It ends when the handle is closed, or with the process, however that
 * ends.
 *
 * @param shared true for a lock that several may hold, as long as nobody has one for himself alone
 * @returns true: it is ours; false: somebody else has it; undefined: this system, or the file's, has no locks
 */
export async function tryLockFile(
  { fd }: Pick<FileHandle, "fd">,
  { shared = false }: { readonly shared?: boolean } = {},
): Promise<boolean | undefined> {
  const tryLock = await systemLock();
  try {
    return tryLock?.(fd, PLACE, 1, { shared });
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "EACCES" || code === "EAGAIN") return false;
    if (code !== undefined && UNSUPPORTED.has(code)) return undefined;
    throw error;
  }
}

/** Whether the name still stands for the open file: the last holder of its lock may have removed it meanwhile. */
export async function isCurrent(path: string, handle: FileHandle): Promise<boolean> {
  const [there, own] = await Promise.all([stat(path).catch(() => undefined), handle.stat()]);
  return there !== undefined && there.ino === own.ino && there.dev === own.dev;
}
