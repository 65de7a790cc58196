import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** Names, sizes and times of everything in a folder; empty where it cannot be read. */
export async function folderState(folder: string): Promise<string> {
  try {
    const names = (await readdir(folder, { recursive: true })).sort();
    const lines = names.map(async (name) => {
      const { size, mtimeMs, ino } = await stat(join(folder, name));
      return `${name} ${size} ${mtimeMs} ${ino}`;
    });
    return (await Promise.all(lines)).join("\n");
  } catch {
    return ""; // it is being replaced
  }
}

/**
 * Looks at a folder again and again, because notices of the file system are lost when a folder is renamed or lies on another
 * machine. A change counts once two looks find the same.
 *
 * @param folder the one to look at, asked for at each look
 * @param first its state before it was read, as {@link folderState} gives it
 * @param interval milliseconds between two looks
 * @param changed awaited before the next look; it must not reject
 */
export function watchFolder(folder: () => string, first: string, interval: number, changed: () => Promise<void>) {
  const stop = new AbortController();
  async function look(): Promise<void> {
    let watched = folder();
    let known = first;
    let last = known;
    for (;;) {
      await delay(interval, undefined, { signal: stop.signal, ref: false });
      const now = await folderState(folder());
      if (folder() !== watched) {
        watched = folder();
        known = now;
      } else if (now !== known && now === last && now !== "") {
        known = now;
        await changed();
      }
      last = now;
    }
  }
  const done = look().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  return {
    async close(): Promise<void> {
      stop.abort();
      await done;
    },
  };
}
