import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

const require = createRequire(import.meta.url);
const manifestAt = (path: string): Manifest => JSON.parse(readFileSync(path, "utf8")) as Manifest;
const own = manifestAt(require.resolve("../../package.json"));

/** Version of this package. */
export const ownVersion: string = own.version;

/** Packages that take part in a run: this one, and what it works with. */
const packages = Object.keys(own.dependencies).filter((name) => /^@(dylora|tensorflow)\//.test(name));

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
    try {
      found[name] = manifestAt(require.resolve(`${name}/package.json`)).version;
    } catch {
      // Not installed: it has no version.
    }
  }
  return found;
}
