// Peak memory of loading a model of RoBERTa-base's or GPT-2 small's size on wasm: how far the resident set of the process
// grows, as a ratio to the weights in float32, which is what the engine holds (a file in a half type is half that size).
// 1 is what the weights themselves take. The limit is 1.3.
// Run after `pnpm build`: pnpm bench load-memory [roberta|gpt2] [float32|float16|bfloat16]
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { wasmBackend } from "../packages/backend-wasm/dist/index.js";
import { openModelFolder, writeModelFolder } from "../packages/io/dist/node/index.js";
import { loadGpt2 } from "../packages/model-gpt2/dist/index.js";
import { loadRoberta, sequenceClassification } from "../packages/model-roberta/dist/index.js";
import { useBackend } from "../packages/tensor/dist/index.js";

const [hidden, inner, layers] = [768, 3072, 12];

/** A linear layer or a norm with its bias. */
const layer = (name, weight, bias) => ({ [`${name}.weight`]: weight, [`${name}.bias`]: bias });

function robertaShapes() {
  const embeddings = "roberta.embeddings";
  const shapes = {
    [`${embeddings}.word_embeddings.weight`]: [50265, hidden],
    [`${embeddings}.position_embeddings.weight`]: [514, hidden],
    [`${embeddings}.token_type_embeddings.weight`]: [1, hidden],
    ...layer(`${embeddings}.LayerNorm`, [hidden], [hidden]),
  };
  for (let number = 0; number < layers; number++) {
    const path = `roberta.encoder.layer.${number}`;
    for (const name of ["self.query", "self.key", "self.value", "output.dense"]) {
      Object.assign(shapes, layer(`${path}.attention.${name}`, [hidden, hidden], [hidden]));
    }
    Object.assign(
      shapes,
      layer(`${path}.attention.output.LayerNorm`, [hidden], [hidden]),
      layer(`${path}.intermediate.dense`, [inner, hidden], [inner]),
      layer(`${path}.output.dense`, [hidden, inner], [hidden]),
      layer(`${path}.output.LayerNorm`, [hidden], [hidden]),
    );
  }
  return shapes;
}

function gpt2Shapes() {
  const shapes = { "wte.weight": [50257, hidden], "wpe.weight": [1024, hidden], ...layer("ln_f", [hidden], [hidden]) };
  for (let number = 0; number < layers; number++) {
    const path = `h.${number}`;
    Object.assign(
      shapes,
      layer(`${path}.ln_1`, [hidden], [hidden]),
      layer(`${path}.attn.c_attn`, [hidden, 3 * hidden], [3 * hidden]),
      layer(`${path}.attn.c_proj`, [hidden, hidden], [hidden]),
      layer(`${path}.ln_2`, [hidden], [hidden]),
      layer(`${path}.mlp.c_fc`, [hidden, inner], [inner]),
      layer(`${path}.mlp.c_proj`, [inner, hidden], [hidden]),
    );
  }
  return shapes;
}

const models = {
  roberta: {
    config: {
      model_type: "roberta",
      vocab_size: 50265,
      hidden_size: hidden,
      num_hidden_layers: layers,
      num_attention_heads: 12,
      intermediate_size: inner,
      max_position_embeddings: 514,
      type_vocab_size: 1,
    },
    shapes: robertaShapes(),
    open: ({ config, weights }) => loadRoberta({ config, weights, head: sequenceClassification(2) }),
  },
  gpt2: {
    config: { model_type: "gpt2", vocab_size: 50257, n_embd: hidden, n_layer: layers, n_head: 12, n_positions: 1024 },
    shapes: gpt2Shapes(),
    open: ({ config, weights }) => loadGpt2({ config, weights }),
  },
};

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

async function load(name, folder) {
  await useBackend(wasmBackend());
  const before = process.memoryUsage().rss;
  const files = await openModelFolder(folder);
  const start = performance.now();
  const model = await models[name].open(files);
  const seconds = (performance.now() - start) / 1000;
  const after = process.memoryUsage().rss;
  const peak = process.resourceUsage().maxRSS * 1024; // Linux may count the parent's before exec: never too small
  console.log(JSON.stringify({ seconds, growth: after - before, peak: peak - before }));
  model.dispose();
  await files.weights.close();
}

async function measure(name, dtype) {
  const { config, shapes } = models[name];
  const folder = mkdtempSync(join(tmpdir(), "dylora-load-memory-"));
  try {
    const count = (shape) => shape.reduce((product, size) => product * size, 1);
    const tensors = Object.entries(shapes).map(([path, shape]) => [path, { shape, load: () => noise(count(shape)) }]);
    await writeModelFolder(folder, { config, tensors: new Map(tensors), dtype, overwrite: true });
    const bytes = statSync(join(folder, "model.safetensors")).size;
    const own = fileURLToPath(import.meta.url);
    const child = spawnSync(process.execPath, [own, "--load", name, folder], { encoding: "utf8" });
    if (child.status !== 0) throw new Error(child.stderr);
    const { seconds, growth, peak } = JSON.parse(child.stdout);
    const weights = Object.values(shapes).reduce((sum, shape) => sum + 4 * count(shape), 0);
    const mebibytes = (value) => `${(value / 2 ** 20).toFixed(0)} MiB`;
    const ratio = (value) => (value / weights).toFixed(2);
    console.log(
      `${name} in ${dtype}: file ${mebibytes(bytes)}, weights in float32 ${mebibytes(weights)}, peak ${ratio(peak)} of ` +
        `these, after loading ${ratio(growth)}, ${seconds.toFixed(1)} s`,
    );
    if (peak > 1.3 * weights) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const args = process.argv.slice(2);
const chosen = (known, otherwise) => {
  const named = known.filter((name) => args.includes(name));
  return named.length === 0 ? otherwise : named;
};
if (args[0] === "--load") await load(args[1], args[2]);
else {
  for (const name of chosen(Object.keys(models), Object.keys(models))) {
    for (const dtype of chosen(["float32", "float16", "bfloat16"], ["float32", "float16"])) await measure(name, dtype);
  }
}
