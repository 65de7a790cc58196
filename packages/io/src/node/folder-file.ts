import { realpath } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { FormatError, showValue } from "@dylora/errors";

/** A file in the cache of the hub, named by its checksum: files of a snapshot are links to such. */
const HUB_BLOB = /(^|[\\/])(models|datasets)--[^\\/]+[\\/]blobs[\\/]([0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * True for a file of a folder that is a link to somewhere else: out of the folder, and not into the hub's cache, whose
 * snapshots are made of links.
 *
 * @param folder its path; it may be a link itself
 * @param name path of the file in it. One that does not exist leads nowhere.
 */
export async function leadsOut(folder: string, name: string): Promise<boolean> {
  const paths = await Promise.all([realpath(folder), realpath(join(folder, name))]).catch(() => undefined);
  if (paths === undefined) return false;
  const path = relative(...paths);
  const outside = path === ".." || path.startsWith(`..${sep}`) || isAbsolute(path);
  return outside && !HUB_BLOB.test(paths[1]);
}

/**
 * The path of a file in a folder that was downloaded or cloned. Whoever made such a folder may put links into it that
 * lead to files of the person who opens it: they are not followed. Those of the hub's cache are.
 *
 * @throws `FormatError` `outside_folder`
 *
 * @example
 * ```ts
 * import { fileOfFolder } from "@dylora/io/node";
 *
 * console.log(await fileOfFolder("examples/quickstart/model", "config.json"));
 * ```
 *
 * @experimental
 */
export async function fileOfFolder(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  if (!(await leadsOut(folder, name))) return path;
  throw new FormatError(
    "outside_folder",
    `${showValue(name)} in ${folder} is a link that leads out of the folder; put the file itself there if it is yours`,
    { details: { path: folder, name } },
  );
}
