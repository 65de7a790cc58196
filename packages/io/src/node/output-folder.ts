import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { ResourceError } from "@dylora/errors";
import { outputError } from "./file-error.ts";
import { siblingOf } from "./partial-name.ts";
import { syncFolder } from "./write-file.ts";

/** What to do with a folder that has something in it. */
export interface OverwriteOption {
  /** True to write into a folder that is not empty. Files that are not written anew stay. Default `false`. */
  readonly overwrite?: boolean;
}

async function entriesOf(dir: string): Promise<string[] | undefined> {
  try {
    return await readdir(dir);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === "ENOTDIR") throw new ResourceError("output_not_folder", `${dir} is a file, not a folder`, { cause });
    throw outputError(dir, cause);
  }
}

async function checkOutput(dir: string, overwrite: boolean): Promise<string[] | undefined> {
  const entries = await entriesOf(dir);
  if (!entries || entries.length === 0 || overwrite) return entries;
  throw new ResourceError("output_not_empty", `${dir} is not empty; choose another folder or overwrite it`, {
    details: { dir },
  });
}

/**
 * Makes sure that results may be written to a folder, and creates it when it is missing. Nothing in it is removed.
 *
 * @throws `ResourceError` `output_not_empty` unless `overwrite`, `output_not_folder`, `output_unwritable`.
 *
 * @example
 * ```ts
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { prepareOutputFolder, writeFileAtomic } from "@dylora/io/node";
 *
 * const dir = join(await mkdtemp(join(tmpdir(), "run-")), "results");
 * await prepareOutputFolder(dir);
 * await writeFileAtomic(join(dir, "sweep.json"), "{}");
 * ```
 */
export async function prepareOutputFolder(dir: string, { overwrite = false }: OverwriteOption = {}): Promise<void> {
  await checkOutput(dir, overwrite);
  await mkdir(dir, { recursive: true }).catch((cause) => {
    throw outputError(dir, cause);
  });
}

/** Moves the entries that the new folder lacks out of the old one, then removes the old one. */
async function carryOver(entries: readonly string[], old: string, target: string): Promise<void> {
  const fresh = new Set(await readdir(target));
  for (const entry of entries) if (!fresh.has(entry)) await rename(join(old, entry), join(target, entry));
  await rm(old, { recursive: true });
}

/**
 * Fills a folder as a whole: `write` gets a new folder beside it, which takes its place when everything is on the
 * disk. A crash or an error on the way leaves the target as it was.
 *
 * With `overwrite`, entries of the old folder that `write` did not make anew are carried over.
 *
 * @param write - Fills the folder whose path it is given.
 * @throws `ResourceError` `output_not_empty`, `output_not_folder`, `output_unwritable`, or `output_in_use` for the
 * working folder, which cannot be replaced; whatever `write` throws.
 */
export async function writeFolderAtomic(
  dir: string,
  write: (staging: string) => Promise<void>,
  { overwrite = false }: OverwriteOption = {},
): Promise<void> {
  const target = resolve(dir);
  const old = await checkOutput(target, overwrite);
  if (/^(?!\.\.|\/|[a-z]:)/i.test(relative(target, process.cwd()))) {
    throw new ResourceError("output_in_use", `${dir} is or contains the working folder; choose a folder below it`);
  }
  const staging = siblingOf(target);
  try {
    await mkdir(staging, { recursive: true });
    await write(staging);
    await syncFolder(staging);
    const aside = `${staging}-old`;
    if (old) await rename(target, aside);
    await rename(staging, target).catch(async (cause) => {
      if (old) await rename(aside, target);
      throw cause;
    });
    if (old) await carryOver(old, aside, target);
    await syncFolder(dirname(target));
  } catch (cause) {
    await rm(staging, { recursive: true, force: true });
    throw outputError(dir, cause);
  }
}
