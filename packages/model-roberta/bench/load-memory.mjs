// Peak memory of loading a model of RoBERTa-base's size on wasm: how far the resident set of the process grows, as a
// ratio to the weights in float32, which is what the engine holds (a file in a half type is half that size). 1 is what
// the weights themselves take. The limit is 1.3.
// Run after `pnpm build`: node packages/model-roberta/bench/load-memory.mjs [float32|float16|bfloat16]...
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { wasmBackend } from "@dylora/backend-wasm";
import { openModelFolder, writeModelFolder } from "@dylora/io/node";
import { loadRoberta, sequenceClassification } from "@dylora/model-roberta";
import { useBackend } from "@dylora/tensor";

const config = {
  model_type: "roberta",
  vocab_size: 50265,
  hidden_size: 768,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  intermediate_size: 3072,
  max_position_embeddings: 514,
};

/** Names and shapes in the file. */
function shapes() {
  const { hidden_size: hidden, intermediate_size: inner } = config;
  const result = {
    "roberta.embeddings.word_embeddings.weight": [config.vocab_size, hidden],
    "roberta.embeddings.position_embeddings.weight": [config.max_position_embeddings, hidden],
    "roberta.embeddings.token_type_embeddings.weight": [1, hidden],
  };
  const add = (name, weight) => Object.assign(result, { [`${name}.weight`]: weight, [`${name}.bias`]: [weight[0]] });
  add("roberta.embeddings.LayerNorm", [hidden]);
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const path = `roberta.encoder.layer.${layer}`;
    for (const name of ["query", "key", "value"]) add(`${path}.attention.self.${name}`, [hidden, hidden]);
    add(`${path}.attention.output.dense`, [hidden, hidden]);
    add(`${path}.attention.output.LayerNorm`, [hidden]);
    add(`${path}.intermediate.dense`, [inner, hidden]);
    add(`${path}.output.dense`, [hidden, inner]);
    add(`${path}.output.LayerNorm`, [hidden]);
  }
  return result;
}

/** Numbers that no file system or kernel can compress or share. */
function noise(count) {
  const values = new Float32Array(count);
  let state = 12345;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    values[i] = state / 2 ** 36;
  }
  return values;
}

async function load(folder) {
  await useBackend(wasmBackend());
  const before = process.memoryUsage().rss;
  const { config: json, weights } = await openModelFolder(folder);
  const start = performance.now();
  const model = await loadRoberta({ config: json, weights, head: sequenceClassification(2) });
  const seconds = (performance.now() - start) / 1000;
  const after = process.memoryUsage().rss;
  const peak = process.resourceUsage().maxRSS * 1024; // Linux may count the parent's before exec: never too small
  console.log(JSON.stringify({ seconds, growth: after - before, peak: peak - before }));
  model.dispose();
  await weights.close();
}

async function measure(dtype) {
  const folder = mkdtempSync(join(tmpdir(), "dylora-load-memory-"));
  try {
    const tensors = Object.entries(shapes()).map(([name, shape]) => {
      return [name, { shape, load: () => noise(shape.reduce((product, size) => product * size, 1)) }];
    });
    await writeModelFolder(folder, { config, tensors: new Map(tensors), dtype, overwrite: true });
    const bytes = statSync(join(folder, "model.safetensors")).size;
    const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), "--load", folder], { encoding: "utf8" });
    if (child.status !== 0) throw new Error(child.stderr);
    const { seconds, growth, peak } = JSON.parse(child.stdout);
    const weights = tensors.reduce((sum, [, { shape }]) => sum + 4 * shape.reduce((a, b) => a * b, 1), 0);
    const mebibytes = (value) => `${(value / 2 ** 20).toFixed(0)} MiB`;
    const ratio = (value) => (value / weights).toFixed(2);
    console.log(
      `${dtype}: file ${mebibytes(bytes)}, weights in float32 ${mebibytes(weights)}, peak ${ratio(peak)} of these, ` +
        `after loading ${ratio(growth)}, ${seconds.toFixed(1)} s`,
    );
    if (peak > 1.3 * weights) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [first, second] = process.argv.slice(2);
if (first === "--load") await load(second);
else for (const dtype of first === undefined ? ["float32", "float16"] : process.argv.slice(2)) await measure(dtype);
