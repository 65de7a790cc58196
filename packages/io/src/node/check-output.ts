import { constants } from "node:fs";
import { access, open, rm, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { formatBytes } from "../memory-guard.ts";
import { refusedOutput } from "./file-error.ts";
import { probeDescriptor, tryOpening } from "./output-stream.ts";
import { resolveFolder, resolveOutput } from "./output-target.ts";
import { partialName } from "./partial-name.ts";

/** The folder itself, or the nearest one above it that is there. */
async function nearestFolder(dir: string): Promise<string> {
  const { path } = await resolveFolder(dir);
  for (let at = path; ; at = dirname(at)) {
    const stats = await stat(at).catch((cause) => {
      if (cause.code !== "ENOENT" || at === dirname(at)) throw cause;
      return undefined;
    });
    if (stats === undefined) continue;
    if (!stats.isDirectory())
      throw refusedOutput(dir, at === path ? "it is a file, not a folder" : `${at} is a file, not a folder`);
    return at;
  }
}

/** Writes a block into a folder and removes it: the only way to know that one may, and that there is room. */
async function probeFolder(dir: string): Promise<void> {
  const path = partialName(dir, "probe");
  try {
    const handle = await open(path, "wx");
    try {
      await handle.writeFile(new Uint8Array(4096));
    } finally {
      await handle.close();
    }
  } finally {
    await rm(path, { force: true }).catch(() => undefined);
  }
}

/**
 * Makes sure, as far as that can be known before, that a file will be writable. Writes nothing to it.
 *
 * Folders that are missing count as writable where they can be made.
 *
 * @throws `ResourceError` `output_refused` naming the reason.
 *
 * @example
 * ```ts
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { checkOutputFile } from "@dylora/io/node";
 *
 * await checkOutputFile(join(tmpdir(), "out.jsonl")); // throws nothing: it may be written
 * ```
 *
 * @experimental
 */
export async function checkOutputFile(path: string): Promise<void> {
  try {
    const target = await resolveOutput(path);
    if (target.kind === "descriptor") return await probeDescriptor(target.descriptor);
    if (target.kind === "pipe") return await access(target.path, constants.W_OK);
    if (target.kind !== "file") return await tryOpening(target.path);
    if (target.stats !== undefined) await tryOpening(target.path);
    await probeFolder(await nearestFolder(dirname(target.path))).catch((cause) => {
      const inPlace = target.stats !== undefined && ["EACCES", "EPERM", "EROFS"].includes(cause.code);
      if (!inPlace) throw cause;
    });
  } catch (cause) {
    throw refusedOutput(path, cause);
  }
}

/**
 * Makes sure, as far as that can be known before, that files can be written into a folder, or that it can be made
 * where it is missing. Changes nothing.
 *
 * @param bytes what will be written, where it is known: a disk with less room is refused
 * @throws `ResourceError` `output_refused` naming the reason.
 *
 * @experimental
 */
export async function checkOutputFolder(dir: string, { bytes = 0 }: { readonly bytes?: number } = {}): Promise<void> {
  try {
    const nearest = await nearestFolder(dir);
    await probeFolder(nearest);
    const disk = bytes === 0 ? undefined : await statfs(nearest).catch(() => undefined);
    // Some file systems do not say how large they are.
    if (disk === undefined || disk.blocks === 0) return;
    const free = disk.bavail * disk.bsize;
    if (free >= bytes) return;
    throw refusedOutput(dir, `it takes ${formatBytes(bytes)} and the disk has ${formatBytes(free)} free`);
  } catch (cause) {
    throw refusedOutput(dir, cause);
  }
}
