import { createRequire } from "node:module";
import { join } from "node:path";
import { restoreUtil } from "./util-shim.ts";

/**
 * Imports tfjs-node or tfjs-node-gpu with an addon of our choice. The package asks node-pre-gyp for its addon's path; for
 * as long as the import takes, the answer is ours, so that nothing in the package's folder need be changed.
 *
 * @param folder of the package
 * @param module of the package
 * @param binding path of the addon
 */
export function importTfjs(folder: string, module: string, binding: string): void {
  restoreUtil();
  const load = createRequire(join(folder, "package.json"));
  const finder = load.resolve("@mapbox/node-pre-gyp");
  const before = load.cache[finder];
  load.cache[finder] = { exports: { find: () => binding } } as NodeJS.Module;
  try {
    load(module);
  } finally {
    if (before === undefined) delete load.cache[finder];
    else load.cache[finder] = before;
  }
}
