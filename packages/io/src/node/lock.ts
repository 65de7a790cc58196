import { lock } from "proper-lockfile";
import { outputError } from "./file-error.ts";

/** Milliseconds after which a lock that nobody renews counts as left behind by a process that died. */
const STALE = 15_000;

/**
 * Takes the lock of a file or folder, which need not exist: a folder `<path>.lock` beside it.
 *
 * A lock that its holder no longer renews, since the process was killed, is taken over.
 *
 * @returns a function that gives it back; undefined when another process (or another part of this one) holds it
 * @throws ResourceError `output_unwritable` where the file system lets nothing be made
 */
export async function tryLock(path: string): Promise<(() => Promise<void>) | undefined> {
  try {
    const release = await lock(path, {
      realpath: false,
      stale: STALE,
      retries: 0,
      // A process that slept for long finds its lock taken over. It must not die of it: files are replaced whole.
      onCompromised: () => {},
    });
    // What was taken over meanwhile is no longer ours to give back.
    return () => release().catch(() => {});
  } catch (cause) {
    if ((cause as { code?: string }).code === "ELOCKED") return undefined;
    throw outputError(`${path}.lock`, cause);
  }
}
