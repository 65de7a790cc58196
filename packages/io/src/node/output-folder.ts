import { lstat, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ResourceError } from "@dylora/errors";
import { checkOutputFolder } from "./check-output.ts";
import { outputError } from "./file-error.ts";
import { LOCK_FILE, lockFolder } from "./folder-lock.ts";
import { MANIFEST, readManifest, writeManifest } from "./folder-manifest.ts";
import { resolveFolder } from "./output-target.ts";
import { isPartialName, partialName, removeAbandoned, siblingOf } from "./partial-name.ts";
import { finishReplacement, listFiles, syncTree } from "./replace-files.ts";
import { keepPermissions, syncFolder } from "./write-file.ts";

/** What to do with a folder that has something in it. */
export interface OverwriteOption {
  /**
   * True to write into a folder that is not empty. Files that were written into it this way before are replaced or
   * removed; all others stay. Default `false`.
   */
  readonly overwrite?: boolean;
}

/** How a folder is written as a whole. */
export interface FolderOptions extends OverwriteOption {
  /** Files without which no reader takes the folder for a whole one: they go first and come last. Default: none. */
  readonly entries?: readonly string[];
  /** Names that must not lie there from somebody else, because readers would mix them with the new ones. Default: none. */
  readonly conflicts?: RegExp;
  /** True when a new file yields to one of somebody else in its place, which stays. Default: that is refused. */
  readonly yields?: boolean;
}

/** Copying an export writes its files in any order; in milliseconds. */
const SAME_MOMENT = 2000;

/** What lies in a folder. */
interface Inventory {
  /** Its own path, no link. */
  readonly path: string;
  /** Names in it, what is only there for a while left out; undefined when it is missing. */
  readonly names: readonly string[] | undefined;
  /** Files in it that are ours. */
  readonly ours: readonly string[];
}

/** Ours, and what every new ext4 volume has. */
const NOT_CONTENT = new Set([MANIFEST, LOCK_FILE, "lost+found"]);

async function namesIn(dir: string, path: string): Promise<string[] | undefined> {
  try {
    const names = await readdir(path);
    return names.filter((name) => !NOT_CONTENT.has(name) && !isPartialName(name));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === "ENOTDIR") throw new ResourceError("output_not_folder", `${dir} is a file, not a folder`, { cause });
    throw outputError(dir, cause);
  }
}

/** Files that were written, but for those that may yield and that somebody has changed since, such as a model card. */
async function stillOurs(
  path: string,
  files: readonly string[],
  { conflicts, yields }: FolderOptions,
): Promise<string[]> {
  const written = await stat(join(path, MANIFEST));
  const ours = files.map(async (name) => {
    if (!yields || conflicts?.test(name)) return [name];
    const stats = await stat(join(path, name)).catch(() => undefined);
    return stats !== undefined && stats.mtimeMs > written.mtimeMs + SAME_MOMENT ? [] : [name];
  });
  return (await Promise.all(ours)).flat();
}

async function inventory(dir: string, options: FolderOptions): Promise<Inventory> {
  const { path } = await resolveFolder(dir);
  const names = await namesIn(dir, path);
  const manifest = names === undefined ? undefined : await readManifest(path);
  return { path, names, ours: manifest === undefined ? [] : await stillOurs(path, manifest.files, options) };
}

/** Names in a folder that are not ours. */
function foreignIn({ names = [], ours }: Inventory): string[] {
  const own = new Set(ours.map((name) => name.split("/", 1)[0]));
  return names.filter((name) => !own.has(name)).sort();
}

function checkInventory(dir: string, found: Inventory, { overwrite = false, conflicts }: FolderOptions): void {
  const { names = [] } = found;
  if (names.length > 0 && !overwrite) {
    throw new ResourceError("output_not_empty", `${dir} is not empty; choose another folder or overwrite it`, {
      details: { dir },
    });
  }
  const wrong = conflicts === undefined ? undefined : foreignIn(found).find((name) => conflicts.test(name));
  if (wrong !== undefined) throw foreign(dir, wrong);
}

const foreign = (dir: string, name: string): ResourceError =>
  new ResourceError("output_foreign", `${dir} holds ${name}, which was not written by dylora; choose another folder`, {
    details: { dir, name },
  });

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
export async function prepareOutputFolder(dir: string, options: OverwriteOption = {}): Promise<void> {
  const found = await inventory(dir, options);
  checkInventory(dir, found, options);
  await mkdir(found.path, { recursive: true }).catch((cause) => {
    throw outputError(dir, cause);
  });
}

/**
 * Makes sure, before the work, that {@link writeFolderAtomic} will be able to write a folder. Changes nothing.
 *
 * @param bytes what will be written, where it is known
 * @returns names in the folder that are somebody else's and will stay.
 * @throws `ResourceError` `output_not_empty`, `output_not_folder`, `output_foreign`, `output_refused`.
 */
export async function checkFolderAtomic(
  dir: string,
  { bytes = 0, ...options }: FolderOptions & { readonly bytes?: number } = {},
): Promise<readonly string[]> {
  const found = await inventory(dir, options);
  checkInventory(dir, found, options);
  await checkOutputFolder(dir, { bytes });
  return foreignIn(found);
}

/** A folder that is not there yet is filled beside its place and renamed. */
async function makeFolder(path: string, write: (staging: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await removeAbandoned(dirname(path), basename(path));
  const staging = siblingOf(path);
  try {
    await mkdir(staging);
    await write(staging);
    await writeManifest(staging, { files: await listFiles(staging) });
    await syncTree(staging);
    await rename(staging, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    await rm(staging, { recursive: true, force: true });
    throw cause;
  }
}

/** The new files, held against those that lie in their places: ours give them their permissions, others stay. */
async function settled(dir: string, staging: string, { path, ours }: Inventory, yields: boolean): Promise<string[]> {
  const own = new Set(ours);
  const files: string[] = [];
  for (const name of await listFiles(staging)) {
    const there = await lstat(join(path, name)).catch((error) => (error.code === "ENOTDIR" ? "blocked" : undefined));
    if (there !== undefined && there !== "blocked" && own.has(name)) {
      if (there.isFile()) await keepPermissions(there, join(staging, name));
    } else if (there !== undefined) {
      if (!yields) throw foreign(dir, name);
      await rm(join(staging, name));
      continue;
    }
    files.push(name);
  }
  return files;
}

/**
 * A folder that is there stays the same folder: it may be a mount point or be linked to, and hold what is not ours. The
 * new files are written into a folder in it, and put in place when all are on the disk.
 */
async function fillFolder(
  dir: string,
  found: Inventory,
  write: (staging: string) => Promise<void>,
  { entries = [], yields = false }: FolderOptions,
): Promise<void> {
  const { path, ours } = found;
  await removeAbandoned(path, STAGING);
  const staging = partialName(path, STAGING);
  let files: readonly string[];
  try {
    await mkdir(staging);
    await write(staging);
    files = await settled(dir, staging, found, yields);
    await syncTree(staging);
    // From here on the new files count.
    const next = { staging: basename(staging), files, entries };
    await writeManifest(path, { files: [...new Set([...ours, ...files])], next });
  } catch (cause) {
    await rm(staging, { recursive: true, force: true });
    throw cause;
  }
  await finishReplacement(path);
}

const STAGING = "dylora-new";

/**
 * Fills a folder as a whole: `write` gets a new folder, whose files take their places when all are on the disk. An error
 * on the way leaves the folder as it was. A crash does too, or leaves the new content: `currentFolder` finds it, and a
 * reader that does not know of it misses the `entries` rather than reading old and new mixed.
 *
 * With `overwrite`, files that were written this way before are replaced or removed; whatever else lies there stays. The
 * folder may be a link to one, a mount point, and lie where no other can be made.
 *
 * @param write fills the folder whose path it is given
 * @returns names in the folder that are somebody else's and stayed.
 * @throws `ResourceError` `output_not_empty`, `output_not_folder`, `output_unwritable`, `folder_in_use`, `output_foreign` when a
 * file that is not ours lies where one is to be written, or must not lie there; whatever `write` throws.
 */
export async function writeFolderAtomic(
  dir: string,
  write: (staging: string) => Promise<void>,
  options: FolderOptions = {},
): Promise<readonly string[]> {
  const { path, stats } = await resolveFolder(dir);
  try {
    if (stats === undefined) {
      await makeFolder(path, write);
      return [];
    }
    const lock = await lockFolder(path);
    try {
      if (options.overwrite) await finishReplacement(path);
      const found = await inventory(dir, options);
      checkInventory(dir, found, options);
      await fillFolder(dir, found, write, options);
      return foreignIn(found);
    } finally {
      await lock.release();
    }
  } catch (cause) {
    throw outputError(dir, cause);
  }
}
