// Writes packages/tensor/src/autodiff/tfjs-gradients.ts: the gradients of all tfjs ops in one module. tfjs-core has them in
// dist/gradients/, whose imports without file extensions Node refuses, and which would bring a second copy of every op;
// here they call the ops of "@tensorflow/tfjs-core". `--check` compares instead of writing.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { root } from "./run.mjs";

const ofTensor = createRequire(join(root, "packages", "tensor", "package.json"));
const tf = ofTensor("@tensorflow/tfjs-core");
const dist = dirname(ofTensor.resolve("@tensorflow/tfjs-core"));

/** Those that own-gradients.ts has in their place. */
const replaced = ["Cumsum", "Maximum", "Minimum", "MirrorPad", "SquaredDifference"].map((name) => `${name}_grad.js`);

/** Where the module is committed. */
export const gradientsFile = join(root, "packages", "tensor", "src", "autodiff", "tfjs-gradients.ts");

const head = `// Written by scripts/tfjs-gradients.mjs from dist/gradients of @tensorflow/tfjs-core ${tf.version_core}: do not edit.
// Copyright Google LLC, Apache-2.0 (https://github.com/tensorflow/tfjs).
// @ts-nocheck
// biome-ignore-all lint: tfjs's code
// biome-ignore-all format: tfjs's code
// biome-ignore-all assist: tfjs's code
`;

/** Names that tfjs-core keeps to itself, made from public ones. A gradient is only ever given tensors. */
const privately = {
  ENGINE: "{ runKernel: (...args) => engine().runKernel(...args) }",
  convertToTensor: "(tensor) => tensor",
};
for (const space of ["util", "backend_util", "slice_util"]) {
  for (const name of Object.keys(tf[space])) {
    const isPublic = tf[name] !== undefined || privately[name] !== undefined;
    if (typeof tf[space][name] === "function" && !isPublic) privately[name] = `(...args) => ${space}.${name}(...args)`;
  }
}
const spaces = { conv_util: "backend_util", axis_util: "backend_util" };

/** The names that the gradients import, by tfjs-core's public ones. */
function publicModule(wanted) {
  const names = [...wanted].sort();
  const exported = names.filter((name) => privately[name] === undefined);
  return `
export { ${exported.map((name) => (spaces[name] ? `${spaces[name]} as ${name}` : name)).join(", ")} } from "@tensorflow/tfjs-core";
import { engine, util, backend_util, slice_util } from "@tensorflow/tfjs-core";
${names
  .filter((name) => privately[name] !== undefined)
  .map((name) => `export const ${name} = ${privately[name]};`)
  .join("\n")}`;
}

/** A module with its imports turned to public names. What has none stays an import, and is put in by the bundler. */
function rewrite(source, wanted) {
  const isPublic = (name) => tf[name] !== undefined || privately[name] !== undefined;
  const pattern = /^import (?:\{ ([^}]*) \}|\* as (\w+)) from '(\.[^']*)';$/gm;
  const methods = /(\w+)\.reshape\(/g; // of tensors, which have them only where @tensorflow/tfjs is loaded
  const plain =
    methods.test(source) && !source.includes("'../ops/reshape'") ? "import { reshape } from './reshape';\n" : "";
  return (plain + source.replaceAll(methods, "reshape($1, ")).replace(pattern, (_, names, space, from) => {
    const imports = (space ?? names).split(", ").map((name) => {
      const found = space !== undefined || isPublic(name);
      if (found) wanted.add(name);
      return `import { ${name} } from "${found ? "public" : from}";`;
    });
    return imports.join("\n");
  });
}

/** The text of the module. */
export async function bundleGradients() {
  const wanted = new Set();
  await bundle(wanted, true);
  return bundle(wanted);
}

/** In the first round, which finds out what is imported, the public names are left outside. */
async function bundle(wanted, first = false) {
  const files = readdirSync(join(dist, "gradients")).filter(
    (name) => name.endsWith("_grad.js") && !replaced.includes(name),
  );
  const configs = [];
  const imports = files.map((file) => {
    const [, config] = /^export const (\w+GradConfig) = /m.exec(readFileSync(join(dist, "gradients", file), "utf8"));
    configs.push(config);
    return `import { ${config} } from "./gradients/${file}";`;
  });
  const entry = `${imports.join("\n")}\nexport const tfjsGradients = [${configs.join(", ")}];`;
  const { outputFiles } = await build({
    ...{ bundle: true, format: "esm", platform: "neutral", target: "es2022", write: false, legalComments: "none" },
    external: ["@tensorflow/tfjs-core"],
    stdin: { contents: entry, resolveDir: dist },
    plugins: [
      {
        name: "public-names",
        setup({ onLoad, onResolve }) {
          onResolve({ filter: /^public$/ }, () => ({ path: "public", namespace: "public", external: first }));
          onLoad({ filter: /./, namespace: "public" }, () => ({ contents: publicModule(wanted), resolveDir: dist }));
          onLoad({ filter: /\.js$/ }, ({ path }) => ({ contents: rewrite(readFileSync(path, "utf8"), wanted) }));
        },
      },
    ],
  });
  return (
    head +
    outputFiles[0].text
      .replace(/^ *\/\/ .*\n/gm, "")
      .replace("var tfjsGradients = ", "export const tfjsGradients: unknown[] = ")
      .replace(/export \{\n {2}tfjsGradients\n\};\n/, "")
  );
}

if (process.argv[1] === import.meta.filename) {
  const text = await bundleGradients();
  if (!process.argv.includes("--check")) writeFileSync(gradientsFile, text);
  else if (readFileSync(gradientsFile, "utf8") !== text) {
    console.error("the gradients are stale: run `node scripts/tfjs-gradients.mjs`");
    process.exitCode = 1;
  }
}
