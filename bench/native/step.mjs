// Times training steps (forward, backward, AdamW) of a LoRA or DyLoRA on random weights, on one backend. One process for
// each configuration, since peak memory is the process's. Options as those of bench/peers/pytorch_peft.py:
//   node bench/native/step.mjs --model roberta-base --batch 16 --length 128 --precision bfloat16 --steps 5
// Prints one JSON object.
import { parseArgs } from "node:util";
import { descriptorOf, integers, load } from "./backend.mjs";
import { configOf, models, randomWeights, stepOperations } from "./shapes.mjs";

const { values: given } = parseArgs({
  options: {
    model: { type: "string", default: "roberta-base" },
    backend: { type: "string", default: "native" },
    batch: { type: "string", default: "16" },
    length: { type: "string", default: "128" },
    precision: { type: "string", default: "float32" },
    rank: { type: "string", default: "8" },
    dropout: { type: "string", default: "0" },
    "lora-dropout": { type: "string", default: "0" },
    what: { type: "string", default: "train" },
    dylora: { type: "boolean", default: false },
    mask: { type: "boolean", default: false },
    warmup: { type: "string", default: "2" },
    steps: { type: "string", default: "5" },
    threads: { type: "string" },
  },
});
const model = models[given.model];
if (model === undefined) {
  console.error(`unknown model ${given.model}; choose from ${Object.keys(models).join(", ")}`);
  process.exit(2);
}
const [batch, length, rank] = [given.batch, given.length, given.rank].map(Number);

const tensor = await load("@dylora/tensor");
const { attach, createAdapter } = await load("@dylora/lora-core");
const { AdamW } = await load("@dylora/trainer");
const { loadRoberta, sequenceClassification } = await load("@dylora/model-roberta");
const { loadGpt2 } = await load("@dylora/model-gpt2");
const tf = await load("@tensorflow/tfjs-core");

const backend = await tensor.useBackend(await descriptorOf(given));
const weights = randomWeights((name) => !name.startsWith("lm_head") && !name.startsWith("classifier"));
const config = configOf(model, Number(given.dropout));
const base =
  model.architecture === "gpt2"
    ? await loadGpt2({ config, weights })
    : await loadRoberta({ config, weights, head: sequenceClassification(2) });
const adapter = createAdapter(base, { rank, alpha: 2 * rank, dropout: Number(given["lora-dropout"]) });
const adapted = attach(base, adapter);
const optimizer = new AdamW(adapter.parameters);

const integer = integers();
const lengths = Array.from({ length: batch }, () => (given.mask ? length / 2 + integer(length / 2 + 1) : length));
const inputIds = Array.from({ length: batch * length }, () => 3 + integer(model.vocabulary - 3));
const attentionMask = inputIds.map((_, i) => (i % length < lengths[Math.floor(i / length)] ? 1 : 0));
const labels =
  model.architecture === "gpt2"
    ? inputIds.map((_, i) => ((i + 1) % length !== 0 && attentionMask[i + 1] === 1 ? inputIds[i + 1] : -100))
    : Array.from({ length: batch }, () => integer(2));
const inputs = { inputIds, attentionMask, size: batch, length };
const loss = (logits) => tensor.softmaxCrossEntropy(logits, labels);

/** A step; returns its loss, or in an evaluation a logit. */
async function run(step) {
  const view = given.dylora ? { rank: 1 + integer(rank) } : "full";
  if (given.what === "forward") {
    const logits = adapted.forward(inputs, { view });
    const [first] = await logits.data();
    logits.dispose();
    return first;
  }
  const result = await adapted.gradients(inputs, loss, { view, training: { seed: 0, step } });
  optimizer.step(result.gradients, 1e-4);
  return result.loss;
}

/** Best rate, in GFLOP/s, of a frozen product of the backend: rows of the model's size, hidden to 4 · hidden. */
function productRate() {
  const [rows, inFeatures, outFeatures] = [2048, model.hidden, model.inner];
  const weight = tensor.freezeMatrix(new Float32Array(inFeatures * outFeatures).fill(0.01), {
    ...{ inFeatures, outFeatures, layout: "in-out" },
  });
  const x = tf.ones([rows, inFeatures]);
  let best = 0;
  for (let i = 0; i < 20; i++) {
    const start = performance.now();
    tensor.frozenLinear(x, { weight }).dispose();
    best = Math.max(best, (2 * rows * inFeatures * outFeatures) / (performance.now() - start) / 1e6);
  }
  x.dispose();
  weight.dispose();
  return best;
}

const built = process.resourceUsage().maxRSS * 1024;
const losses = [];
const seconds = [];
const cpuSeconds = [];
const [warmup, steps] = [Number(given.warmup), Number(given.steps)];
for (let step = 0; step < warmup + steps; step++) {
  const start = performance.now();
  const before = process.cpuUsage();
  losses.push(await run(step));
  const { user, system } = process.cpuUsage(before);
  if (step < warmup) continue;
  seconds.push((performance.now() - start) / 1000);
  cpuSeconds.push((user + system) / 1e6);
}
// Read first: the product that the rate is taken of has arrays of its own.
const memory = process.resourceUsage().maxRSS * 1024;
const peak = Math.max(productRate(), productRate());
const median = [...seconds].sort((a, b) => a - b)[seconds.length >> 1];
const operations = stepOperations(model, batch, length, rank) / (given.what === "forward" ? 2 : 1);
console.log(
  JSON.stringify({
    peer: "dylora",
    engine: backend.detail,
    ...given,
    seconds: seconds.map((value) => +value.toFixed(4)),
    cpu_seconds: cpuSeconds.map((value) => +value.toFixed(3)),
    median_seconds: +median.toFixed(4),
    tokens_per_second: +((batch * length) / median).toFixed(1),
    gflops: +(operations / median / 1e9).toFixed(0),
    product_gflops: +peak.toFixed(0),
    share_of_product: +(operations / median / 1e9 / peak).toFixed(3),
    built_peak_rss_bytes: built,
    peak_rss_bytes: memory,
    tensors: tf.memory().numTensors,
    values: losses.map((value) => +value.toFixed(6)),
  }),
);
base.dispose();
backend.dispose();
