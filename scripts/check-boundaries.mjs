// Who may import whom: reads every package.json and every import, and refuses what DESIGN forbids, and cycles.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import ts from "typescript";
import { packageOf, packages } from "./packages.mjs";

/**
 * For each package, ours that it may depend on at run time. backend-node-gpu stands on backend-node, for both of tfjs's
 * packages wrap one library.
 */
const allowed = JSON.parse(readFileSync(new URL("boundaries.json", import.meta.url), "utf8"));
/** Packages that must work with no tensor library installed. */
const withoutTensors = ["errors", "dylora-sampler", "eval", "io", "data"];

const problems = [];
const sources = (folder) =>
  readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((name) => name.endsWith(".ts"));

for (const { folder: path, manifest } of packages) {
  const folder = basename(path);
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  const may = allowed[folder];
  if (may === undefined) problems.push(`${manifest.name} is not in scripts/boundaries.json: what may it depend on?`);
  for (const name of declared.filter((name) => name.startsWith("@dylora/"))) {
    if (Array.isArray(may) && !may.includes(name.slice("@dylora/".length))) {
      problems.push(`${manifest.name} may not depend on ${name}`);
    }
  }
  if (withoutTensors.includes(folder) && declared.some((name) => name.startsWith("@tensorflow/"))) {
    problems.push(`${manifest.name} must work without tfjs`);
  }
  for (const file of sources(join(path, "src"))) {
    const test = file.endsWith(".test.ts") || file.includes("fixtures") || folder === "test-kit";
    const { importedFiles } = ts.preProcessFile(readFileSync(file, "utf8"));
    for (const { fileName: specifier } of importedFiles) {
      if (specifier.startsWith("node:") || specifier.startsWith(".")) continue;
      const name = packageOf(specifier);
      const known = test
        ? [...declared, ...Object.keys(manifest.devDependencies ?? {}), "vitest", "fast-check"]
        : declared;
      if (!known.includes(name) && name !== manifest.name)
        problems.push(`${file}: ${name} is not a declared dependency`);
      if (specifier.includes("/src/")) problems.push(`${file}: imports the sources of ${name}`);
    }
  }
}

const graph = new Map(packages.map(({ manifest }) => [manifest.name, Object.keys(manifest.dependencies ?? {})]));
const visit = (name, path) => {
  if (path.includes(name)) problems.push(`cycle: ${[...path, name].join(" -> ")}`);
  else for (const next of graph.get(name) ?? []) visit(next, [...path, name]);
};
for (const name of graph.keys()) visit(name, []);

if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exit(1);
}
console.log("package boundaries hold");
