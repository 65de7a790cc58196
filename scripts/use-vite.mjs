// What a stranger gets who builds a page with Vite: dylora's verbs from the tarballs, with types and without configuration.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { output } from "./empty-project.mjs";
import { root } from "./run.mjs";

const consumer = (name) => join(root, "scripts", "consumers", name);
const program = readFileSync(consumer("page.ts"), "utf8");

/** Compiles and bundles a page with Vite, and runs the bundle as a worker. `entry`: where the verbs come from. */
async function bundle({ folder, env, compile, node, entry, conditions }) {
  writeFileSync(join(folder, "main.ts"), program.replace("dylora/browser", entry));
  await compile(folder, true, { customConditions: conditions });
  const build = { target: "es2022", lib: { entry: "main.ts", formats: ["es"], fileName: "page" } };
  writeFileSync(join(folder, "vite.config.js"), `export default ${JSON.stringify({ build, logLevel: "warn" })};\n`);
  const vite = join(folder, "node_modules", "vite", "bin", "vite.js");
  await output("node", [vite, "build"], { cwd: folder, env: node.env ?? env });
  const wasm = join(folder, "node_modules", "@tensorflow", "tfjs-backend-wasm", "dist");
  const model = join(root, "examples", "quickstart", "model");
  const said = await output("node", [consumer("as-worker.mjs"), join("dist", "page.js"), wasm, model], {
    cwd: folder,
    env: node.env,
  });
  assert.match(said, /^ranks 1, 2: (even|odd)$/m);
  console.log(`vite, ${entry}, Node ${node.version}: ${said.trim()}`);
}

/** Builds a page once by `dylora/browser`, and once by `dylora`, whose `browser` condition bundlers know. */
export async function useVite({ workshop, nodes, compile }) {
  const folder = workshop.project("vite");
  const dylora = workshop.tarballs.find(({ name }) => name === "dylora").file;
  const install = [dylora, "@dylora/backend-wasm", "@dylora/tensor", "vite"];
  await output("npm", ["install", ...install], { cwd: folder, env: workshop.env });
  const node = nodes.at(-1);
  const together = { folder, env: workshop.env, compile, node };
  await bundle({ ...together, entry: "dylora/browser", conditions: undefined });
  await bundle({ ...together, entry: "dylora", conditions: ["browser"] });
}
