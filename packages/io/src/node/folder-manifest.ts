import { lstat, readFile } from "node:fs/promises";
import { join } from "node:path";
import { FormatError } from "@dylora/errors";
import * as z from "zod/mini";
import { parseJsonObject } from "../json.ts";
import { safeRelativePath } from "../safe-path.ts";
import { isPartialName } from "./partial-name.ts";
import { writeFileAtomic } from "./write-file.ts";

/** Lies in every folder that is written as a whole, and says which of its files are ours. */
export const MANIFEST = ".dylora-files.json";

/** Content that has been written completely and is being put in the place of what was there. */
export interface Replacement {
  /** Name of the folder in the folder that holds it. */
  readonly staging: string;
  /** Its files, by path in it. */
  readonly files: readonly string[];
  /** Those without which nobody takes the folder for a whole one. */
  readonly entries: readonly string[];
}

/** What is ours in a folder. */
export interface Manifest {
  /** Files that were written, by path in the folder, with `/`. */
  readonly files: readonly string[];
  /** Present while the files are replaced: from its first moment the new content is the one that counts. */
  readonly next?: Replacement | undefined;
}

const names = z.array(z.string());
const schema = z.object({
  format: z.literal("dylora-files"),
  version: z.literal(1),
  files: names,
  next: z.optional(z.object({ staging: z.string(), files: names, entries: names })),
});

/** Never trusted: a folder may have been downloaded, with a manifest that somebody else wrote. */
function checked(manifest: Manifest, origin: string): Manifest | undefined {
  const { files, next } = manifest;
  for (const name of [...files, ...(next?.files ?? []), ...(next?.entries ?? [])]) safeRelativePath(name, origin);
  return next !== undefined && !isPartialName(next.staging) ? undefined : manifest;
}

/** The manifest of a folder; undefined where there is none that can be used. */
export async function readManifest(dir: string): Promise<Manifest | undefined> {
  const path = join(dir, MANIFEST);
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined) return undefined;
  try {
    const result = schema.safeParse(parseJsonObject(bytes, path));
    return result.success ? checked(result.data, path) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Files of a folder that `writePeftAdapter`, `writeModelFolder` or `writeFolderAtomic` wrote, the list of them included, by
 * path in the folder with `/`; none where there is no such list.
 *
 * @example
 * ```ts
 * import { tmpdir } from "node:os";
 * import { filesWritten } from "@dylora/io/node";
 *
 * console.log(await filesWritten(tmpdir())); // []
 * ```
 *
 * @experimental
 */
export async function filesWritten(dir: string): Promise<readonly string[]> {
  const manifest = await readManifest(dir);
  return manifest === undefined ? [] : [...manifest.files, MANIFEST];
}

/** Writes it in one step. */
export async function writeManifest(dir: string, { files, next }: Manifest): Promise<void> {
  const content = {
    format: "dylora-files",
    version: 1,
    files: [...files].sort(),
    ...(next === undefined ? {} : { next }),
  };
  await writeFileAtomic(join(dir, MANIFEST), `${JSON.stringify(content, null, 2)}\n`);
}

/** True for a file that is there, no link. */
const isFile = (path: string): Promise<boolean> =>
  lstat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );

/**
 * Where the whole content of a folder lies: the folder itself, or, when a process was ended in the moment of replacing
 * its files, the folder in it that holds the new ones. Changes nothing.
 *
 * @throws `FormatError` `incomplete_export` when the new files are not all there.
 *
 * @experimental
 */
export async function currentFolder(dir: string): Promise<string> {
  const next = (await readManifest(dir))?.next;
  if (next === undefined) return dir;
  const staging = join(dir, next.staging);
  const stats = await lstat(staging).catch(() => undefined);
  const present = await Promise.all(next.files.map((name) => isFile(join(staging, name))));
  if (stats?.isDirectory() && present.every(Boolean)) return staging;
  throw new FormatError(
    "incomplete_export",
    `${dir} is not complete: the process that replaced its files was ended; export it again with overwrite`,
    { details: { dir } },
  );
}
