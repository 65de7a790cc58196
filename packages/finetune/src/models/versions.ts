import { backendNames } from "@dylora/tensor";
import { manifestAt, ownManifest, ownVersion } from "../files/own-version.ts";
import { backendPackage } from "./backends.ts";
import { locatePackage } from "./locate-package.ts";

/** Packages that take part in a run: what this one depends on, and backends that may be installed beside it. */
const dependencies = Object.keys(ownManifest.dependencies).filter((name) => /^@(dylora|tensorflow)\//.test(name));
const packages = new Set([...dependencies, ...backendNames.map(backendPackage)]);

/**
 * Versions of Node, of this package and of those it works with, as far as they are installed.
 *
 * @param others versions to name besides, for instance that of a program
 *
 * @example
 * ```ts
 * import { versions } from "@dylora/finetune";
 *
 * console.log(versions()["node"] === process.versions.node); // true
 * ```
 */
export function versions(others: Readonly<Record<string, string>> = {}): Record<string, string> {
  const found: Record<string, string> = { node: process.versions.node, ...others, "@dylora/finetune": ownVersion };
  for (const name of packages) {
    const url = locatePackage(`${name}/package.json`);
    if (url !== undefined) found[name] = manifestAt(new URL(url)).version;
  }
  return found;
}
