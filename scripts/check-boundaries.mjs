// Who may import whom: reads every package.json and every import, and refuses what the list of boundaries does not allow,
// circles between packages and circles between the files of a package.
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { allowedFor } from "./boundaries.mjs";
import { circlesOf, importGraph, importsOf, sourceFiles } from "./file-circles.mjs";
import { packageOf, packages } from "./packages.mjs";
import { root } from "./run.mjs";

/** Packages that must work with no tensor library installed. */
const withoutTensors = ["errors", "dylora-sampler", "eval", "io", "data"];
/** What tests of every package may import: the root has it, the kits with their suites among it. */
const forTests = Object.keys(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devDependencies);

const problems = [];

for (const { folder: path, manifest } of packages) {
  const folder = basename(path);
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  const may = allowedFor(folder);
  if (may === undefined) problems.push(`${manifest.name} is not in scripts/boundaries.json: what may it depend on?`);
  for (const name of declared.filter((name) => name.startsWith("@dylora/"))) {
    if (may !== undefined && !may.includes(name.slice("@dylora/".length))) {
      problems.push(`${manifest.name} may not depend on ${name}`);
    }
  }
  if (withoutTensors.includes(folder) && declared.some((name) => name.startsWith("@tensorflow/"))) {
    problems.push(`${manifest.name} must work without tfjs`);
  }
  for (const file of sourceFiles(join(path, "src"))) {
    const test = file.endsWith(".test.ts") || file.includes("fixtures");
    const known = test ? [...declared, ...Object.keys(manifest.devDependencies ?? {}), ...forTests] : declared;
    for (const specifier of importsOf(file)) {
      if (specifier.startsWith("node:") || specifier.startsWith(".")) continue;
      const name = packageOf(specifier);
      if (!known.includes(name) && name !== manifest.name)
        problems.push(`${file}: ${name} is not a declared dependency`);
      if (specifier.includes("/src/")) problems.push(`${file}: imports the sources of ${name}`);
    }
  }
  for (const circle of circlesOf(importGraph(join(path, "src")))) {
    problems.push(`${manifest.name}: files import each other: ${circle.join(" -> ")}`);
  }
}

// Dependencies of tests count too: a circle through them leaves no order in which to build and test.
const graph = packages.map(({ manifest: { name, dependencies, devDependencies } }) => [
  name,
  Object.keys({ ...dependencies, ...devDependencies }),
]);
for (const circle of circlesOf(new Map(graph))) problems.push(`packages in a circle: ${circle.join(" -> ")}`);

if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exit(1);
}
console.log("package boundaries hold");
