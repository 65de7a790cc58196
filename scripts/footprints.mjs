// pnpm footprints: measures what an install of each choice of packages puts on the disk, and writes docs/footprints.md.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { footprint, output, withTarballs } from "./empty-project.mjs";
import { root } from "./run.mjs";

const own = (name) => `@dylora/${name}`;
const model = ["lora-core", "model-roberta", "backend-wasm"].map(own);
const choices = [
  [own("dylora-sampler")],
  [own("eval")],
  [own("io")],
  [own("data")],
  [own("lora-core")],
  model,
  [...model, ...["trainer", "data", "eval", "dylora-sampler"].map(own)],
  [own("finetune")],
  [own("serving")],
  ["dylora"],
];

const rows = await withTarballs(async ({ tarballs, env, project }) => {
  const measured = [];
  for (const [index, names] of choices.entries()) {
    const folder = project(`choice-${index}`);
    const wanted = names.map((name) => (name === "dylora" ? tarballs.find((one) => one.name === name).file : name));
    await output("npm", ["install", "--ignore-scripts", ...wanted], { cwd: folder, env });
    const { packages, files, bytes } = footprint(folder);
    const ours = packages.filter((name) => name === "dylora" || name.startsWith("@dylora/"));
    const tensors = packages.some((name) => name.startsWith("@tensorflow/"));
    const size = (bytes / 1e6).toFixed(1);
    const cells = [names.map((name) => `\`${name}\``).join(" "), packages.length, ours.length, files, size];
    measured.push(`| ${[...cells, tensors ? "yes" : "no"].join(" | ")} |`);
    console.log(measured.at(-1));
  }
  return measured;
});

const page = `---
title: What an install weighs
category: Measured
---

# What an install weighs

Look here before you install dylora where disk space or download time counts. Each row was installed with npm into an empty
project, peers included. Install scripts were off, so an addon that is compiled on the spot, or a library that an install
script downloads, comes on top. MB are millions of bytes of the files, before the file system rounds them up.

| \`npm install …\` | packages | of them ours | files | MB | tfjs |
|---|---|---|---|---|---|
${rows.join("\n")}

\`pnpm build && pnpm footprints\` writes this page from the tarballs that would be published.
`;
writeFileSync(join(root, "docs", "footprints.md"), page);
