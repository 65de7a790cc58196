import { link, lstat, mkdir, open, readdir, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Manifest, readManifest, writeManifest } from "./folder-manifest.ts";
import { syncFolder } from "./write-file.ts";

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** Files below a folder, by path with `/`. */
export async function listFiles(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  const nested = entries.map(async (entry) => {
    if (!entry.isDirectory()) return [entry.name];
    return (await listFiles(join(dir, entry.name))).map((name) => `${entry.name}/${name}`);
  });
  return (await Promise.all(nested)).flat().sort();
}

/** Makes all files of a folder, and their names, durable. */
export async function syncTree(dir: string): Promise<void> {
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else if (entry.isFile()) {
      const handle = await open(path, "r");
      // Windows syncs what is open for writing only, and was synced when it was written.
      await handle.sync().catch(() => undefined);
      await handle.close();
    }
  }
  await syncFolder(dir);
}

/** Puts a complete file in its place. What it comes from stays where the file system has links, so that it is whole. */
async function place(from: string, to: string): Promise<void> {
  if (!(await isThere(from))) return;
  await mkdir(dirname(to), { recursive: true });
  await rm(to, { force: true });
  await link(from, to).catch(() => rename(from, to));
}

/** Removes a file of ours, and the folders that are empty without it. */
async function removeOwn(dir: string, name: string): Promise<void> {
  await rm(join(dir, name), { force: true });
  for (let folder = dirname(name); folder !== "."; folder = dirname(folder)) {
    const left = await rmdir(join(dir, folder)).then(
      () => false,
      () => true,
    );
    if (left) return;
  }
}

async function replaceFiles(dir: string, { files: ours, next }: Manifest): Promise<void> {
  if (next === undefined) return;
  const staging = join(dir, next.staging);
  const fresh = new Set(next.files);
  const entries = new Set(next.entries);
  // Without them nobody reads what follows.
  for (const name of ours.filter((name) => entries.has(name))) {
    if (!fresh.has(name) || (await isThere(join(staging, name)))) await removeOwn(dir, name);
  }
  await syncFolder(dir);
  for (const name of ours.filter((name) => !fresh.has(name))) await removeOwn(dir, name);
  for (const name of next.files.filter((name) => !entries.has(name))) await place(join(staging, name), join(dir, name));
  await syncFolder(dir);
  for (const name of next.files.filter((name) => entries.has(name))) await place(join(staging, name), join(dir, name));
  await syncFolder(dir);
  await writeManifest(dir, { files: next.files });
  await rm(staging, { recursive: true, force: true });
}

/** Goes on where a process was ended in the moment of replacing the files of a folder. */
export async function finishReplacement(dir: string): Promise<void> {
  const manifest = await readManifest(dir);
  if (manifest?.next !== undefined) await replaceFiles(dir, manifest);
}
