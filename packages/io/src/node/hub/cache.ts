import { copyFile, mkdir, readdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { siblingOf } from "../partial-name.ts";
import { writeFileAtomic } from "../write-file.ts";

/** Where one repository lies in the hub's standard cache, as `huggingface_hub` lays it out. */
export interface RepoCache {
  /** Folder of the repository: `models--owner--name`. */
  readonly root: string;
  /** Path of the content with this checksum. */
  blob(checksum: string): string;
  /** Path of the folder of one commit. */
  snapshot(commit: string): string;
  /** Path of the file that holds the commit of a branch or tag. */
  ref(revision: string): string;
}

/** The cache folders of a repository, as paths; nothing is created. */
export function repoCache(cacheDir: string, type: "model" | "dataset", name: string): RepoCache {
  const root = join(cacheDir, [`${type}s`, ...name.split("/")].join("--"));
  return {
    root,
    blob: (checksum) => join(root, "blobs", checksum),
    snapshot: (commit) => join(root, "snapshots", commit),
    ref: (revision) => join(root, "refs", ...revision.split("/")),
  };
}

/** Size of the file at `path` in bytes, through links; undefined where there is none that can be opened. */
export async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}

/** Records which commit a branch or tag stood for. */
export async function writeRef(cache: RepoCache, revision: string, commit: string): Promise<void> {
  await mkdir(dirname(cache.ref(revision)), { recursive: true });
  await writeFileAtomic(cache.ref(revision), commit);
}

/** The commit that a branch or tag stood for when it was last downloaded, or `undefined`. */
export async function readRef(cache: RepoCache, revision: string): Promise<string | undefined> {
  const text = await readFile(cache.ref(revision), "utf8").catch(() => undefined);
  return text !== undefined && /^[0-9a-f]{40}$/.test(text.trim()) ? text.trim() : undefined;
}

/** Puts a file of a snapshot in its place: a relative link to the blob, or a copy where links are not allowed. */
export async function linkBlob(blob: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  // Made beside its place and renamed, so that other processes see the old file or the new one.
  const fresh = siblingOf(target);
  try {
    await symlink(relative(dirname(target), blob), fresh);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== "EPERM" && code !== "ENOSYS" && code !== "EACCES") throw cause;
    await copyFile(blob, fresh);
  }
  try {
    await rename(fresh, target);
  } catch (cause) {
    await rm(fresh, { force: true });
    throw cause;
  }
}

/** Paths of all files of a snapshot, relative to it with `/`, sorted. */
export async function snapshotFiles(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  return files.map((entry) => relative(dir, join(entry.parentPath, entry.name)).split(sep).join("/")).sort();
}
