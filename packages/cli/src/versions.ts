import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

const versionIn = (path: string): string => (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;

/** Version of this package. */
export const ownVersion: string = versionIn(require.resolve("../package.json"));

/** Packages that take part in a run. */
const packages = [
  "@dylora/tensor",
  "@dylora/backend-wasm",
  "@dylora/backend-node",
  "@dylora/backend-node-gpu",
  "@dylora/backend-native",
  "@dylora/dylora-sampler",
  "@dylora/lora-core",
  "@dylora/model-roberta",
  "@dylora/io",
  "@dylora/data",
  "@dylora/eval",
  "@dylora/trainer",
  "@tensorflow/tfjs-core",
];

/** Versions of Node, of this package and of those it works with, as far as they are installed. */
export function versions(): Record<string, string> {
  const found: Record<string, string> = { node: process.versions.node, dylora: ownVersion };
  for (const name of packages) {
    try {
      found[name] = versionIn(require.resolve(`${name}/package.json`));
    } catch {
      // Not installed: it has no version.
    }
  }
  return found;
}
