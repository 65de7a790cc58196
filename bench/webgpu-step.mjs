// The WGSL kernels of @dylora/backend-webgpu, as a GPU gets them, against the composed ones of @dylora/tensor, op by op and as a RoBERTa
// training step (LoRA rank 8 on query and value; forward and backward, no optimiser), on the GPU that WebGPU finds.
// Options: sizes by name, --rounds=N, --steps (no table of ops), --ops (no steps), --only=WORDS (ops whose names have them).
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { makeModel } from "./wasm-step/model.mjs";
import { ourStep } from "./wasm-step/ours.mjs";
import { opsOf } from "./webgpu-step/ops.mjs";

const from = createRequire(new URL("../packages/backend-webgpu/package.json", import.meta.url));
const load = (name) => import(pathToFileURL(from.resolve(name)).href);
const tf = from("@tensorflow/tfjs-core");
const tensor = await load("@dylora/tensor");
const dist = (name) => import(new URL(`../packages/backend-webgpu/dist/${name}.js`, import.meta.url).href);
const { webgpuBackend } = await dist("index");
const { gpuKernels, softwareKernels } = await dist("kernels");

const sizes = {
  tiny: { layers: 3, hidden: 128, heads: 2, batch: 32, length: 40, rank: 8 },
  mini: { layers: 4, hidden: 256, heads: 4, batch: 32, length: 64, rank: 8 },
  base: { layers: 2, hidden: 768, heads: 12, batch: 8, length: 128, rank: 8 },
};
const chosen = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const unknown = chosen.filter((name) => sizes[name] === undefined);
if (unknown.length > 0) {
  console.error(`unknown size ${unknown}; choose from ${Object.keys(sizes).join(", ")}`);
  process.exit(2);
}
const flag = (name) => process.argv.includes(`--${name}`);
const only = process.argv.find((argument) => argument.startsWith("--only="))?.slice(7) ?? "";
const rounds = Number(process.argv.find((argument) => argument.startsWith("--rounds="))?.slice(9) ?? 5);
const [availability] = (await tensor.probeBackends([webgpuBackend()])).map((probe) => probe.availability);
const backend = await tensor.useBackend(webgpuBackend());
console.log(`${backend.detail}, Node ${process.version}; wall-clock time, median of ${rounds} rounds`);
if (availability.software) {
  console.log("This is a software device: it says which kernel does less work, and little about the speed of a GPU.");
}

const use = (kernels) => tensor.registerFusedKernels(backend.tfjsName, kernels);
const seconds = async (run) => {
  const start = performance.now();
  await run();
  return performance.now() - start;
};
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Times of two ways of doing the same, in turn; each runs once before, for its shaders to be compiled. */
async function compare(ways) {
  const times = ways.map(() => []);
  for (const way of ways) await way();
  for (let round = 0; round < rounds; round++) {
    for (const [index, way] of ways.entries()) times[index].push(await seconds(way));
  }
  return times.map(median);
}
const withKernels = (kernels, run) => async () => {
  use(kernels);
  return run();
};

for (const [name, shape] of Object.entries(sizes)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  if (!flag("steps")) {
    const rows = [];
    for (const { op, kernels, run, dispose } of opsOf(tf, tensor, shape)) {
      if (!op.includes(only)) continue;
      const fused = Object.fromEntries(kernels.map((kernel) => [kernel, gpuKernels[kernel]]));
      const [composed, ours] = await compare([withKernels({}, run), withKernels(fused, run)]);
      rows.push({
        size: name,
        op,
        "composed, ms": +composed.toFixed(1),
        "a GPU's kernels, ms": +ours.toFixed(1),
        ratio: +(composed / ours).toFixed(2),
      });
      dispose();
    }
    console.table(rows);
  }
  if (flag("ops")) continue;
  const rows = [];
  for (const dropout of [0, 0.1]) {
    const step = ourStep(tf, tensor, makeModel({ ...shape }), dropout);
    const ways = {
      composed: {},
      "a GPU's kernels": gpuKernels,
      ...(availability.software && { "chosen here": softwareKernels }),
    };
    const losses = [];
    for (const kernels of Object.values(ways)) {
      use(kernels);
      losses.push((await step()).value);
      const difference = Math.abs(losses.at(-1) - losses[0]);
      if (!(difference < 1e-4)) throw new Error(`${name}: loss ${losses.at(-1)}, composed ${losses[0]}`);
    }
    const times = await compare(Object.values(ways).map((kernels) => withKernels(kernels, step)));
    const columns = Object.keys(ways).map((way, index) => [`${way}, ms`, +times[index].toFixed(1)]);
    rows.push({ size: name, dropout, ...Object.fromEntries(columns) });
  }
  console.table(rows);
}
backend.dispose();
