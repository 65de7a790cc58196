import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { FormatError } from "@dylora/errors";
import { partFilesIn } from "../runs/own-files.ts";
import { runPaths } from "../runs/run-paths.ts";

/** A folder that says it is a run, or a comparison. */
export interface FoundFolder {
  /** Names of the folders on the way to it; empty for the folder that was searched. */
  readonly way: readonly string[];
  /** The folder. */
  readonly dir: string;
  /** What it says it is. */
  readonly kind: "run" | "comparison";
}

/** What a search found. */
export interface FoundRuns {
  /** By name. */
  readonly found: readonly FoundFolder[];
  /** Folders directly in the one that was searched that hold no run. */
  readonly others: readonly string[];
}

async function foldersIn(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules")
    .map(({ name }) => name)
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

async function kindOf(dir: string): Promise<FoundFolder["kind"] | undefined> {
  const { record, comparison, parts } = runPaths(dir);
  if (existsSync(record)) return "run";
  return existsSync(comparison) || (await partFilesIn(parts)).length > 0 ? "comparison" : undefined;
}

/**
 * Searches a folder for runs and comparisons, itself included. Links, hidden folders and `node_modules` are passed by, and what
 * a run keeps in its own folders.
 *
 * @throws FormatError `file_missing` where there is no such folder; the signal's reason
 */
export async function findRuns(root: string, signal: AbortSignal): Promise<FoundRuns> {
  const isFolder = await stat(root).then(
    (stats) => stats.isDirectory(),
    () => undefined,
  );
  if (isFolder === undefined) throw new FormatError("file_missing", `${root} does not exist`);
  if (!isFolder) throw new FormatError("not_a_folder", `${root} is no folder; give the folder that holds the runs`);

  async function search(dir: string, way: readonly string[]): Promise<FoundFolder[]> {
    signal.throwIfAborted();
    const kind = await kindOf(dir);
    const { checkpoint, best, exports, measured, parts, tensorboard } = runPaths(dir);
    const own = kind === undefined ? [] : [checkpoint, best, exports, measured, parts, tensorboard];
    const found: FoundFolder[] = kind === undefined ? [] : [{ way, dir, kind }];
    for (const name of await foldersIn(dir)) {
      const folder = join(dir, name);
      if (!own.includes(folder)) found.push(...(await search(folder, [...way, name])));
    }
    return found;
  }

  const found = await search(root, []);
  const holding = new Set(found.map(({ way }) => way[0]));
  // Where the folder is a run itself, what lies in it is its own.
  const others = holding.has(undefined) ? [] : (await foldersIn(root)).filter((name) => !holding.has(name));
  return { found, others };
}
