// What a stranger gets whose TypeScript checks the declarations of libraries too (strict, no skipLibCheck): every public
// entry of every package compiles, with the line of docs/install.md in the tsconfig that gives tfjs-core's types in one file.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { output } from "./empty-project.mjs";
import { publicPackages } from "./packages.mjs";
import { root } from "./run.mjs";

/** The setting as the page shows it. */
export function tfjsPaths() {
  const page = readFileSync(join(root, "docs", "install.md"), "utf8");
  const [, json] = /```json\n(\{[^`]*"paths"[^`]*)```/.exec(page);
  return JSON.parse(json).compilerOptions;
}

/** A program that imports everything there is, and mixes plain tfjs ops in. */
export function everyImport() {
  const entries = publicPackages.flatMap(({ manifest }) =>
    Object.entries(manifest.exports)
      .filter(([, target]) => typeof target === "object")
      .map(([name]) => `${manifest.name}${name.slice(1)}`),
  );
  assert.ok(entries.length > publicPackages.length);
  const imports = entries.map((entry, i) => `import * as entry${i} from "${entry}";`);
  const uses = `console.log(${entries.map((_, i) => `entry${i}`).join(", ")});`;
  return `${[...imports, uses].join("\n")}\n${readFileSync(join(root, "scripts", "consumers", "types.ts"), "utf8")}`;
}

/** Installs every package and compiles, as users of Node and of bundlers do. */
export async function useTypes({ workshop, compile }) {
  const folder = workshop.project("types");
  const files = workshop.tarballs.map(({ file }) => file);
  await output("npm", ["install", ...files, "@types/node", "vitest"], { cwd: folder, env: workshop.env });
  writeFileSync(join(folder, "main.ts"), everyImport());
  await compile(folder, false, { ...tfjsPaths(), types: ["node"], noEmit: true });
  console.log(`types: ${files.length} packages compile with strict and without skipLibCheck`);
}
