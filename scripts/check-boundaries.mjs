// Who may import whom: reads every package.json and every import, and refuses what DESIGN forbids, and cycles.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import ts from "typescript";
import { packageOf, packages } from "./packages.mjs";

const own = (name) => `@dylora/${name}`;
const backends = ["backend-wasm", "backend-node", "backend-node-gpu", "backend-webgpu", "backend-native"];
const models = ["model-roberta", "model-gpt2"];

/** For each package, ours that it may depend on at run time. */
const allowed = {
  errors: [],
  "dylora-sampler": ["errors"],
  eval: ["errors"],
  io: ["errors"],
  tensor: ["errors"],
  ...Object.fromEntries(backends.map((name) => [name, ["errors", "tensor"]])),
  "lora-core": ["errors", "tensor"],
  ...Object.fromEntries(models.map((name) => [name, ["errors", "tensor", "lora-core", "io"]])),
  data: ["errors", "io"],
  trainer: ["errors", "tensor", "lora-core"],
};
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
  const may = allowed[folder]?.map(own);
  for (const name of declared.filter((name) => name.startsWith("@dylora/"))) {
    if (may !== undefined && !may.includes(name)) problems.push(`${manifest.name} may not depend on ${name}`);
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

const graph = Object.fromEntries(Object.entries(allowed).map(([name, list]) => [name, [...list]]));
const visit = (name, path) => {
  if (path.includes(name)) problems.push(`cycle: ${[...path, name].join(" -> ")}`);
  else for (const next of graph[name] ?? []) visit(next, [...path, name]);
};
for (const name of Object.keys(graph)) visit(name, []);

if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exit(1);
}
console.log("package boundaries hold");
