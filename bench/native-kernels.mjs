// pnpm bench native-kernels [BEGINNING…] [--threads N] [--rounds N]: the native backend's optimiser step and the kernels
// that it gives tfjs, each against the loop in JavaScript that it replaces, on the same arrays in the same process. The
// fastest of several rounds each, in milliseconds. Name cases by how they begin.
import { parseArgs } from "node:util";
import { descriptorOf, load } from "./native/backend.mjs";

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: { threads: { type: "string" }, rounds: { type: "string", default: "7" } },
});
const rounds = Number(given.rounds);
const { composedKernels, fusedKernels, registerFusedKernels, useBackend } = await load("@dylora/tensor");
const { ParameterStore } = await load("@dylora/lora-core");
const { AdamW } = await load("@dylora/trainer");
const tf = await load("@tensorflow/tfjs-core");
const backend = await useBackend(await descriptorOf({ precision: "float32", threads: given.threads }));

/** Milliseconds of the fastest round. */
function fastest(run) {
  run();
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    run();
    best = Math.min(best, performance.now() - started);
  }
  return best;
}

const wave = (count) => Float32Array.from({ length: count }, (_, i) => Math.sin(i));

/** A step over pairs of rank 8 on layers of 768 features, about as many numbers as asked for. */
function adamw(count) {
  const pairs = Math.round(count / (2 * 8 * 768));
  const specs = Array.from({ length: pairs }, (_, i) => [
    { name: `${i}.lora_A.weight`, shape: [8, 768], kind: "lora_A" },
    { name: `${i}.lora_B.weight`, shape: [8, 768], kind: "lora_B" },
  ]).flat();
  const store = new ParameterStore(specs);
  const gradients = wave(store.values.length);
  const optimizer = new AdamW(store);
  const kernels = { ...fusedKernels() };
  const step = () => optimizer.step(gradients, 1e-3);
  const native = fastest(step);
  registerFusedKernels("native", { ...kernels, adamw: composedKernels.adamw });
  const plain = fastest(step);
  registerFusedKernels("native", kernels);
  return { native, plain };
}

/** A kernel of tfjs, ours and its own. */
function kernel(name, shapes, attrs = {}, keys = ["x"]) {
  const tensors = shapes.map((shape) => tf.tensor(wave(tf.util.sizeFromShape(shape)), shape));
  const inputs = name === "Concat" ? tensors : Object.fromEntries(keys.map((key, i) => [key, tensors[i]]));
  const run = (backend) => () => {
    const { kernelFunc } = tf.getKernel(name, backend);
    const { dataId } = kernelFunc({ inputs, attrs, backend: tf.backend() });
    tf.backend().disposeData(dataId);
  };
  const times = { native: fastest(run("native")), plain: fastest(run("cpu")) };
  tf.dispose(tensors);
  return times;
}

const pair = ["a", "b"];
const cases = {
  "AdamW 300,000": () => adamw(300_000),
  "AdamW 3,000,000": () => adamw(3_000_000),
  "Add [2048, 768] [2048, 768]": () =>
    kernel(
      "Add",
      [
        [2048, 768],
        [2048, 768],
      ],
      {},
      pair,
    ),
  "Multiply [2048, 768] [2048, 1]": () =>
    kernel(
      "Multiply",
      [
        [2048, 768],
        [2048, 1],
      ],
      {},
      pair,
    ),
  "RealDiv [16, 12, 128, 128] [16, 1, 1, 128]": () =>
    kernel(
      "RealDiv",
      [
        [16, 12, 128, 128],
        [16, 1, 1, 128],
      ],
      {},
      pair,
    ),
  "Exp [2048, 768]": () => kernel("Exp", [[2048, 768]]),
  "Tanh [2048, 768]": () => kernel("Tanh", [[2048, 768]]),
  "Softmax [16, 50257]": () => kernel("Softmax", [[16, 50_257]], { dim: -1 }, ["logits"]),
  "Sum [2048, 768] over rows": () => kernel("Sum", [[2048, 768]], { axis: [0], keepDims: false }),
  "Mean [2048, 768] over columns": () => kernel("Mean", [[2048, 768]], { axis: [1], keepDims: true }),
  "Max [16, 50257] over columns": () => kernel("Max", [[16, 50_257]], { reductionIndices: [1], keepDims: false }),
  "Transpose [16, 128, 12, 64] 0213": () => kernel("Transpose", [[16, 128, 12, 64]], { perm: [0, 2, 1, 3] }),
  "Transpose [768, 3072]": () => kernel("Transpose", [[768, 3072]], { perm: [1, 0] }),
  "Slice [2048, 2304] to [2048, 768]": () => kernel("Slice", [[2048, 2304]], { begin: [0, 768], size: [2048, 768] }),
  "Concat three [2048, 768]": () => kernel("Concat", Array(3).fill([2048, 768]), { axis: 1 }),
};

const chosen = Object.entries(cases).filter(
  ([name]) => positionals.length === 0 || positionals.some((beginning) => name.startsWith(beginning)),
);
if (chosen.length === 0) {
  console.error(`no case begins with ${positionals.join(" or ")}; there are:\n  ${Object.keys(cases).join("\n  ")}`);
  process.exit(2);
}
console.log(`${backend.detail}\n`);
console.log("| case | JavaScript, ms | native, ms | ratio |\n|---|---|---|---|");
for (const [name, run] of chosen) {
  const { native, plain } = run();
  console.log(`| ${name} | ${plain.toFixed(3)} | ${native.toFixed(3)} | ${(plain / native).toFixed(1)} |`);
}
backend.dispose();
