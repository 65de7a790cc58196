import { rm, stat } from "node:fs/promises";
import { prepareOutputFolder } from "@dylora/io/node";
import { runPaths } from "./run-paths.ts";

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/**
 * Refuses a folder that may not be written to. Changes nothing.
 *
 * @throws ResourceError `output_not_empty` (unless `overwrite`), `output_not_folder`, `output_unwritable`
 */
export async function checkRunFolder(dir: string, overwrite: boolean): Promise<void> {
  if (await exists(dir)) await prepareOutputFolder(dir, { overwrite });
}

/**
 * Makes a folder ready for a new run: creates it, and removes what an earlier run left there. Whatever else lies in it
 * is somebody's own and stays.
 *
 * @throws ResourceError `output_unwritable`
 */
export async function clearRunFolder(dir: string): Promise<void> {
  await prepareOutputFolder(dir, { overwrite: true });
  const { dir: _, ...leftovers } = runPaths(dir);
  await Promise.all(Object.values(leftovers).map((path) => rm(path, { recursive: true, force: true })));
}
