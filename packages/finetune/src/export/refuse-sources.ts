import { realpath } from "node:fs/promises";
import { isAbsolute, relative } from "node:path";
import { ResourceError } from "@dylora/errors";

/** The folder itself and every one above it hold a path. */
const holds = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return way === "" || !(way === ".." || /^\.\.[\\/]/.test(way) || isAbsolute(way));
};

/**
 * Refuses to write into a folder that is, or holds, one that is read.
 *
 * @param sources folders that are read, by what messages call them
 * @throws ResourceError `output_in_use`
 */
export async function refuseSources(out: string, sources: Readonly<Record<string, string>>): Promise<void> {
  const target = await realpath(out).catch(() => undefined);
  if (target === undefined) return;
  for (const [what, dir] of Object.entries(sources)) {
    const source = await realpath(dir).catch(() => dir);
    if (!holds(target, source)) continue;
    throw new ResourceError("output_in_use", `'out' ${out} is or holds ${what}, ${dir}; choose another folder`, {
      details: { out, dir },
    });
  }
}
