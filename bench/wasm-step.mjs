// A RoBERTa training step (LoRA rank 8 on query and value; forward and backward, no optimiser) on our fused ops
// against the same model written with plain tfjs ops, both on tfjs's wasm backend, measured in turn in one process.
// Options: sizes by name, --rounds=N.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { makeModel, stepOperations } from "./wasm-step/model.mjs";
import { ourStep } from "./wasm-step/ours.mjs";
import { plainStep } from "./wasm-step/plain.mjs";

const from = createRequire(new URL("../packages/backend-wasm/package.json", import.meta.url));
const load = (name) => import(pathToFileURL(from.resolve(name)).href);
const tf = from("@tensorflow/tfjs"); // registers every gradient of tfjs
const tensor = await load("@dylora/tensor");
const { wasmBackend } = await import(new URL("../packages/backend-wasm/dist/index.js", import.meta.url).href);

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
const rounds = Number(process.argv.find((argument) => argument.startsWith("--rounds="))?.slice(9) ?? 5);

/** CPU time of this process: everything here runs on one thread, and other programs do not count. */
const seconds = async (run) => {
  const start = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
};
/** Runs until the compiler has settled: for one second at least. */
const warmUp = async (run) => {
  for (let spent = 0; spent < 1; ) spent += await seconds(run);
};
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Greatest difference between two lists of gradients, relative to the greatest number in each. */
function disagreement(a, b) {
  return Math.max(
    ...a.map((list, index) => {
      const other = b[index];
      const size = list.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      return list.reduce((most, value, i) => Math.max(most, Math.abs(value - other[i])), 0) / size;
    }),
  );
}

/** Best rate of a product in GFLOP/s. */
async function productRate(multiply, [m, k, n]) {
  const a = tf.randomNormal([m, k]);
  const b = tf.randomNormal([k, n]);
  let best = 0;
  for (let i = 0; i < 12; i++) {
    const time = await seconds(() => multiply(a, b).dispose());
    best = Math.max(best, (2 * m * k * n) / time / 1e9);
  }
  tf.dispose([a, b]);
  return best;
}

// Our backend replaces two of tfjs's own kernels; the plain model is measured on tfjs as it comes.
const replaced = ["Identity", "GatherV2"];
const registered = () => replaced.map((name) => tf.getKernel(name, "wasm"));
const asTfjsHasThem = registered();
const backend = await tensor.useBackend(wasmBackend());
const asWeHaveThem = registered();
const using = (kernels, run) => async () => {
  for (const kernel of kernels) {
    tf.unregisterKernel(kernel.kernelName, "wasm");
    tf.registerKernel(kernel);
  }
  return run();
};
console.log(`${backend.detail}, Node ${process.version}; CPU time, median of ${rounds} rounds`);
const rows = [];
for (const [name, shape] of Object.entries(sizes)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const model = makeModel({ ...shape });
  const ours = using(asWeHaveThem, ourStep(tf, tensor, model));
  const plain = using(asTfjsHasThem, plainStep(tf, model));
  const [first, reference] = [await ours(), await plain()];
  const difference = disagreement(first.gradients, reference.gradients);
  if (!(Math.abs(first.value - reference.value) < 1e-4 && difference < 1e-2)) {
    throw new Error(`${name}: loss ${first.value} and ${reference.value}, gradients differ by ${difference}`);
  }
  const product = [shape.batch * shape.length, shape.hidden, 4 * shape.hidden];
  const times = { ours: [], plain: [] };
  await warmUp(plain);
  await warmUp(ours);
  const rates = { ours: 0, tfjs: 0 };
  for (let round = 0; round < rounds; round++) {
    times.plain.push(await seconds(plain));
    times.ours.push(await seconds(ours));
    rates.ours = Math.max(rates.ours, await productRate(tensor.fusedKernels().matMul, product));
    rates.tfjs = Math.max(rates.tfjs, await productRate(tf.matMul, product));
  }
  const operations = stepOperations(shape);
  const [time, plainTime] = [median(times.ours), median(times.plain)];
  rows.push({
    size: name,
    "plain ms": +(plainTime * 1e3).toFixed(1),
    "ours ms": +(time * 1e3).toFixed(1),
    ratio: +(plainTime / time).toFixed(2),
    "floor ms": +(operations / rates.ours / 1e6).toFixed(1),
    "GFLOP/s": +(operations / time / 1e9).toFixed(1),
    "of peak": `${Math.round((100 * operations) / time / 1e9 / rates.ours)}%`,
    "product GFLOP/s": +rates.ours.toFixed(1),
    "tfjs product": +rates.tfjs.toFixed(1),
    "gradients differ": +difference.toExponential(1),
  });
}
console.table(rows);
const least = Math.min(...rows.map(({ ratio }) => ratio));
console.log(`least ratio ${least} (must be at least 3)`);
if (least < 3) process.exitCode = 1;
