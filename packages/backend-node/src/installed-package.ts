import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** What lies in a folder of tfjs-node or tfjs-node-gpu. */
export interface InstalledPackage {
  /** Its version. */
  readonly version: string;
  /** Absolute path of its module. */
  readonly module: string;
  /** Path of its native binary for this Node version, relative to the folder. */
  readonly binary: string;
  /** True when the binary is there. */
  readonly hasBinary: boolean;
}

/**
 * Folder of an installed package, or undefined.
 *
 * @param name of the package
 * @param project folder to look from; default: this package, the running program, and the current folder
 */
export function locatePackage(name: string, project?: string): string | undefined {
  const roots =
    project === undefined
      ? [import.meta.url, process.argv[1], join(process.cwd(), "index.js")]
      : [join(project, "index.js")];
  for (const root of roots) {
    if (root === undefined) continue;
    try {
      return dirname(createRequire(root).resolve(`${name}/package.json`));
    } catch {
      // not installed there; the next place may have it
    }
  }
  return undefined;
}

interface Manifest {
  readonly version?: string;
  readonly main?: string;
  readonly binary?: { readonly module_name: string; readonly module_path: string; readonly napi_versions: number[] };
}

/**
 * Reads the package's own description of where its binary lies. Imports nothing.
 *
 * @param folder of the package
 * @param napi highest Node-API version of the running Node
 */
export function inspectPackage(folder: string, napi: number = Number(process.versions.napi)): InstalledPackage {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  const { module_name, module_path, napi_versions } = manifest.binary ?? {
    module_name: "tfjs_binding",
    module_path: "./lib/napi-v{napi_build_version}",
    napi_versions: [8],
  };
  const newest = Math.max(...napi_versions.filter((version) => version <= napi));
  const binary = join(module_path.replace("{napi_build_version}", String(newest)), `${module_name}.node`);
  return {
    version: manifest.version ?? "of unknown version",
    module: join(folder, manifest.main ?? "index.js"),
    binary,
    hasBinary: existsSync(join(folder, binary)),
  };
}
