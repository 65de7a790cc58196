import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** The URL of a package's module, as this package or the current folder sees it; undefined where neither does. */
export function locatePackage(specifier: string): string | undefined {
  for (const from of [import.meta.url, pathToFileURL(join(process.cwd(), "index.js")).href]) {
    try {
      return pathToFileURL(createRequire(from).resolve(specifier)).href;
    } catch {
      // Not there; the next place may have it.
    }
  }
  return undefined;
}
