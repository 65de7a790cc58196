// Times greedy generation with the key-value cache on random weights. One process for each configuration, since peak
// memory is the process's. Options as those of bench/peers/pytorch_peft.py:
//   node bench/native/generate.mjs --model gpt2-medium --batch 16 --length 32 --new-tokens 64 --precision bfloat16
// Prints one JSON object. Bandwidth counts the weights alone: bytes that every token reads, over the time of a token,
// against a plain read of as many bytes on as many threads in the same run (with the native addon, which must be built).
import { parseArgs } from "node:util";
import { descriptorOf, integers, load } from "./backend.mjs";
import { readBandwidth } from "./read-bandwidth.mjs";
import { configOf, decodeBytes, models, randomWeights } from "./shapes.mjs";

const { values: given } = parseArgs({
  options: {
    model: { type: "string", default: "gpt2-medium" },
    backend: { type: "string", default: "native" },
    batch: { type: "string", default: "16" },
    length: { type: "string", default: "32" },
    "new-tokens": { type: "string", default: "64" },
    precision: { type: "string", default: "float32" },
    rank: { type: "string", default: "8" },
    beams: { type: "string", default: "1" },
    merged: { type: "boolean", default: false },
    warmup: { type: "string", default: "1" },
    steps: { type: "string", default: "3" },
    threads: { type: "string" },
  },
});
const model = models[given.model];
if (model?.architecture !== "gpt2") {
  const known = Object.keys(models).filter((name) => models[name].architecture === "gpt2");
  console.error(`${given.model} is no model that generates; choose from ${known.join(", ")}`);
  process.exit(2);
}
const [batch, length, newTokens, rank, beams] = [
  ...[given.batch, given.length, given["new-tokens"], given.rank, given.beams].map(Number),
];

const tensor = await load("@dylora/tensor");
const { attach, createAdapter } = await load("@dylora/lora-core");
const { beamSearch, generate, greedy } = await load("@dylora/generation");
const { loadGpt2 } = await load("@dylora/model-gpt2");
const tf = await load("@tensorflow/tfjs-core");

const backend = await tensor.useBackend(await descriptorOf(given));
const weights = randomWeights((name) => !name.startsWith("lm_head"));
const base = await loadGpt2({ config: configOf(model, 0), weights });
const unmerged = attach(base, createAdapter(base, { rank, alpha: 2 * rank }));
const adapted = given.merged ? await unmerged.merged(rank) : unmerged;

const integer = integers();
const promptIds = Array.from({ length: batch }, () => Array.from({ length }, () => 3 + integer(model.vocabulary - 3)));
const decoding = beams > 1 ? beamSearch({ numBeams: beams }) : greedy();

/** One call; returns its last token and when each step had been decided. */
async function run() {
  const times = [performance.now()];
  const texts = await generate(adapted, {
    promptIds,
    maxNewTokens: newTokens,
    minNewTokens: newTokens,
    eosTokenIds: [],
    batchSize: batch,
    decoding,
    onProgress: () => times.push(performance.now()),
  });
  if (texts.some(({ tokens }) => tokens.length !== newTokens)) throw new Error("a text has another length");
  return { last: texts[0].tokens.at(-1), times };
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const built = process.resourceUsage().maxRSS * 1024;
const bytes = decodeBytes(model, given.precision);
const [warmup, steps] = [Number(given.warmup), Number(given.steps)];
const threads = backend.capabilities.threads;
const bandwidths = [await readBandwidth(bytes, threads)];
const [seconds, prompt, token, values] = [[], [], [], []];
for (let step = 0; step < warmup + steps; step++) {
  const { last, times } = await run();
  values.push(last);
  if (step < warmup) continue;
  seconds.push((times.at(-1) - times[0]) / 1000);
  prompt.push((times[1] - times[0]) / 1000);
  token.push((times.at(-1) - times[1]) / 1000 / (newTokens - 1));
}
bandwidths.push(await readBandwidth(bytes, threads));
const bandwidth = Math.max(...bandwidths);
const perToken = median(token);
console.log(
  JSON.stringify({
    peer: "dylora",
    engine: backend.detail,
    what: "generate",
    ...given,
    seconds: seconds.map((value) => +value.toFixed(4)),
    median_seconds: +median(seconds).toFixed(4),
    prompt_seconds: +median(prompt).toFixed(4),
    step_seconds: +perToken.toFixed(5),
    tokens_per_second: +((batch * newTokens) / median(seconds)).toFixed(1),
    weight_bytes: bytes,
    step_bytes_per_second: +(bytes / perToken).toExponential(3),
    read_bytes_per_second: +bandwidth.toExponential(3),
    share_of_bandwidth: +(bytes / perToken / bandwidth).toFixed(3),
    built_peak_rss_bytes: built,
    peak_rss_bytes: process.resourceUsage().maxRSS * 1024,
    tensors: tf.memory().numTensors,
    values,
  }),
);
adapted.model.dispose();
if (adapted.model !== base) base.dispose();
backend.dispose();
