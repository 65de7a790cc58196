import { createHash } from "node:crypto";
import { createSampler, uniform } from "../../../packages/dylora-sampler/src/index.ts";
import { generationSettings, parseGenerationConfig } from "../../../packages/generation/src/index.ts";
import { encodeCheckpoint } from "../../../packages/io/src/checkpoint/encode.ts";
import {
  bytesFromArray,
  decodePeftAdapter,
  encodePeftAdapter,
  encodeSafetensors,
  openSafetensors,
  PEFT_LORA_DEFAULTS,
  parseJsonObject,
  parsePeftConfig,
  parseShardIndex,
  rankFor,
  scaleFor,
} from "../../../packages/io/src/index.ts";
import {
  currentFolder,
  fileCheckpointStore,
  openModelFolder,
  readPeftAdapter,
} from "../../../packages/io/src/node/index.ts";
import { fromPeft } from "../../../packages/lora-core/src/index.ts";
import { parseGpt2Config } from "../../../packages/model-gpt2/src/index.ts";
import { parseRobertaConfig } from "../../../packages/model-roberta/src/index.ts";
import { makeCheckpoint, restoreCheckpoint } from "../../../packages/trainer/src/checkpoint.ts";
import type { ExampleFile } from "../inputs/index.ts";
import { adapter, tinyModel } from "../tiny-model.ts";
import { type FuzzReader, json, text } from "./reader.ts";

const floats = (...shape: number[]) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i / 8),
});
const safetensors = (content: Uint8Array): ExampleFile => ({ format: "safetensors", content });

const mixed = encodeSafetensors(
  new Map<string, Parameters<typeof encodeSafetensors>[0] extends ReadonlyMap<string, infer T> ? T : never>([
    ["a.weight", floats(2, 3)],
    ["b.bias", floats(4)],
    ["c.ids", { shape: [3], data: BigInt64Array.of(1n, 2n, 3n) }],
    ["d.flag", { shape: [2], data: Uint8Array.of(0, 1) }],
  ]),
  { format: "pt", "b.alias": "a.weight" },
);

async function readEverything(bytes: Uint8Array): Promise<void> {
  const file = await openSafetensors(bytesFromArray(bytes, "model.safetensors"));
  for (const name of file.tensors.keys()) {
    await file.readTensor(name).catch(ours);
    await file.readFloat32(name).catch(ours);
    await file.readInt32(name).catch(ours);
  }
}

/** An error of ours is an answer; others are for the fuzzer. */
function ours(error: unknown): void {
  if (!(typeof error === "object" && error !== null && Symbol.for("dylora.error") in error)) throw error;
}

const peftConfig = {
  ...PEFT_LORA_DEFAULTS,
  base_model_name_or_path: "roberta-base",
  r: 2,
  lora_alpha: 4,
  target_modules: ["query", "value"],
  modules_to_save: ["classifier"],
  rank_pattern: { "layer\\.1\\.query": 1 },
  alpha_pattern: { value: 8 },
  task_type: "SEQ_CLS",
};
const peftFiles = encodePeftAdapter(adapter(peftConfig));
const peftExample = {
  "adapter_config.json": text("json", Buffer.from(peftFiles.get("adapter_config.json")!).toString()),
  "adapter_model.safetensors": safetensors(peftFiles.get("adapter_model.safetensors")!),
};

const paths = ["encoder.layer.0.query", "encoder.layer.1.query", `${"a".repeat(32)}.query`, "b"];

const roberta = {
  model_type: "roberta",
  vocab_size: 100,
  hidden_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 16,
  max_position_embeddings: 20,
  type_vocab_size: 1,
  pad_token_id: 1,
  layer_norm_eps: 1e-5,
  hidden_act: "gelu",
  classifier_dropout: null,
  problem_type: "single_label_classification",
  id2label: { 0: "down", 1: "up" },
  label2id: { down: 0, up: 1 },
};
const generation = {
  eos_token_id: [0, 12],
  max_length: 20,
  do_sample: true,
  temperature: 0.7,
  top_k: 50,
  top_p: 0.9,
  typical_p: 0.9,
  repetition_penalty: 1.2,
  num_beams: 1,
  num_return_sequences: 2,
  early_stopping: "never",
  suppress_tokens: [1],
  bad_words_ids: [[1, 2]],
  forced_eos_token_id: 0,
};
const gpt2 = {
  model_type: "gpt2",
  vocab_size: 100,
  n_embd: 8,
  n_layer: 1,
  n_head: 2,
  n_positions: 16,
  n_inner: null,
  activation_function: "gelu_new",
  layer_norm_epsilon: 1e-5,
  eos_token_id: [1, 2],
  bos_token_id: 1,
  task_specific_params: { "text-generation": { do_sample: true, max_length: 50 } },
};

const shard = (...names: string[]) =>
  safetensors(encodeSafetensors(new Map(names.map((name) => [name, floats(2, 2)])), { format: "pt" }));
const single = { "config.json": json(roberta), "model.safetensors": safetensors(mixed) };
const sharded = {
  "config.json": json(gpt2),
  "model.safetensors.index.json": json({
    metadata: { total_size: 32 },
    weight_map: { "wte.weight": "model-00001-of-00002.safetensors", "ln_f.weight": "model-00002-of-00002.safetensors" },
  }),
  "model-00001-of-00002.safetensors": shard("wte.weight"),
  "model-00002-of-00002.safetensors": shard("ln_f.weight"),
};

const sampler = () => createSampler(uniform({ max: 2 }), { seed: 1 });
const optimizer = () => ({
  steps: new Int32Array(2),
  firstMoment: new Float32Array(1000),
  secondMoment: new Float32Array(1000),
});

function checkpointExample(): Record<string, ExampleFile> {
  const trained = fromPeft(tinyModel, adapter(peftConfig));
  const state = { seed: 1, sampler: sampler().state(), best: { metric: 0.5, since: 1 } };
  const made = makeCheckpoint(7, trained, optimizer() as never, state as never);
  const bytes = Buffer.concat(encodeCheckpoint(made as never));
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const file = `step-0000000007-${sha256.slice(0, 8)}.safetensors`;
  return { "checkpoints.json": json({ checkpoints: [{ file, sha256 }] }), [file]: safetensors(new Uint8Array(bytes)) };
}

async function resume(dir: string): Promise<void> {
  const checkpoint = await fileCheckpointStore(dir).latest();
  if (checkpoint === undefined) return;
  const state = restoreCheckpoint(checkpoint, fromPeft(tinyModel, adapter(peftConfig)), optimizer() as never);
  sampler().restore(state.sampler);
}

const withoutPointer = () => {
  const { "checkpoints.json": _, ...files } = checkpointExample();
  return files;
};

/** Readers of weights, adapters, configurations and checkpoints. */
export const weightReaders: readonly FuzzReader[] = [
  {
    name: "safetensors",
    weight: 1,
    examples: [{ "model.safetensors": safetensors(mixed) }],
    read: (_, files) => readEverything(files["model.safetensors"]!),
    inMemory: true,
  },
  {
    name: "shard-index",
    weight: 1,
    examples: [{ "index.json": sharded["model.safetensors.index.json"]! }],
    read: (_, files) => parseShardIndex(parseJsonObject(files["index.json"]!, "index.json"), "index.json"),
    inMemory: true,
  },
  {
    name: "model-folder",
    weight: 0.2,
    examples: [single, sharded],
    async read(dir) {
      const folder = await openModelFolder(dir);
      try {
        for (const name of folder.weights.names())
          await folder.weights.read(name, folder.weights.shape(name)).catch(ours);
      } finally {
        await folder.weights.close();
      }
    },
  },
  {
    name: "roberta-config",
    weight: 1,
    examples: [{ "config.json": json(roberta) }],
    read: (_, files) => parseRobertaConfig(parseJsonObject(files["config.json"]!, "config.json")),
    inMemory: true,
  },
  {
    name: "gpt2-config",
    weight: 1,
    examples: [{ "config.json": json(gpt2) }],
    read: (_, files) => parseGpt2Config(parseJsonObject(files["config.json"]!, "config.json")),
    inMemory: true,
  },
  {
    name: "generation-config",
    weight: 1,
    examples: [{ "generation_config.json": json(generation) }],
    read(_, files) {
      const name = "generation_config.json";
      generationSettings(parseGenerationConfig(parseJsonObject(files[name]!, name)), { maxNewTokens: 8 });
    },
    inMemory: true,
  },
  {
    name: "written-folder",
    weight: 0.2,
    examples: [
      {
        ".dylora-files.json": json({
          format: "dylora-files",
          version: 1,
          files: ["config.json"],
          next: { staging: ".next.partial-0123456789abcdef", files: ["config.json"], entries: ["config.json"] },
        }),
      },
    ],
    read: (dir) => currentFolder(dir),
  },
  {
    name: "peft-config",
    weight: 1,
    examples: [{ "adapter_config.json": json(peftConfig) }],
    read(_, files) {
      const { config } = parsePeftConfig(parseJsonObject(files["adapter_config.json"]!, "adapter_config.json"));
      for (const path of paths) [rankFor(config, path), scaleFor(config, path)];
    },
    inMemory: true,
  },
  {
    name: "peft-decode",
    weight: 1,
    examples: [peftExample],
    async read(_, files) {
      fromPeft(tinyModel, await decodePeftAdapter(new Map(Object.entries(files))));
    },
    inMemory: true,
  },
  {
    name: "peft-folder",
    weight: 0.2,
    examples: [peftExample, { ...peftExample, "adapter_model.bin": text("bytes", "PK\u0003\u0004archive/data.pkl") }],
    async read(dir) {
      fromPeft(tinyModel, await readPeftAdapter(dir));
    },
  },
  { name: "checkpoint", weight: 0.2, examples: [checkpointExample(), withoutPointer()], read: resume },
];
