import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  exportAdapter,
  exportSource,
  finetune,
  openAdapter,
  openModel,
  openTask,
  predictFile,
  sweepRunFolder,
  trainRun,
} from "@dylora/finetune";
import {
  backendSettings,
  decodingSettings,
  readSettings,
  sweepSettings,
  trainingSettingsIn,
} from "@dylora/finetune/settings";
import { memoryWeights, type TensorData } from "@dylora/io";
import { openModelFolder, readPeftAdapter } from "@dylora/io/node";
import { attach, type TokenBatch } from "@dylora/lora-core";
import { encoderOutput, loadRoberta } from "@dylora/model-roberta";
import { type Backend, softmaxCrossEntropy, useBackend } from "@dylora/tensor";
import { cpuBackend, expectAllClose, testModelAdapter } from "@dylora/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { descriptor } from "./descriptor.ts";
import { randomSource, randomWeights, tinyConfig, writeRandomBert } from "./random-bert.ts";

const length = 5;
const ids = [3, 20, 30, 40, 2, 3, 50, 2, 1, 1, 3, 60, 70, 2, 1];
const mask = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0];
const slice = (first: number, size: number): TokenBatch => ({
  inputIds: ids.slice(first * length, (first + size) * length),
  attentionMask: mask.slice(first * length, (first + size) * length),
  size,
  length,
});

testModelAdapter(
  "BERT",
  async () => ({
    model: await descriptor.parse(tinyConfig).load(randomSource(), { outputs: 3 }),
    inputs: slice(0, 3),
    slice,
    loss: (logits) => softmaxCrossEntropy(logits, [0, 2, 1]),
  }),
  { backend: cpuBackend },
);

describe("its arithmetic", () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await useBackend(cpuBackend());
  });
  afterAll(() => backend.dispose());

  /** The encoder as a RoBERTa, whose positions count from the pad token's on: so many rows stand before BERT's. */
  function asRoberta(): ReadonlyMap<string, TensorData> {
    const before = tinyConfig.pad_token_id + 1;
    const name = "bert.embeddings.position_embeddings.weight";
    const weights = new Map(randomWeights());
    const { shape, data } = weights.get(name) as TensorData;
    const [rows = 0, width = 0] = shape;
    const moved = new Float32Array((rows + before) * width);
    moved.set(data, before * width);
    weights.set(name, { shape: [rows + before, width], data: moved });
    return new Map([...weights].map(([path, tensor]) => [path.replace(/^bert/, "roberta"), tensor]));
  }

  test("is that of RoBERTa's encoder, which agrees with transformers, with BERT's pooler on the first token", async () => {
    const inputs = slice(0, 3);
    const config = { ...tinyConfig, model_type: "roberta", max_position_embeddings: 66 };
    const weights = memoryWeights(asRoberta(), "as RoBERTa");
    const encoder = await loadRoberta({ config, weights, head: encoderOutput() });
    const output = attach(encoder, { rank: 1 }).forward(inputs, { view: "base" });
    const hidden = await output.data();
    output.dispose();
    encoder.dispose();

    const model = await descriptor.parse(tinyConfig).load(randomSource(), { outputs: 2, seed: 3 });
    const own = attach(model, { rank: 1 }).forward(inputs, { view: "base" });
    const logits = await own.data();
    own.dispose();
    const width = tinyConfig.hidden_size;
    const layer = (x: readonly number[], { data: weight }: TensorData, bias: Float32Array) =>
      Array.from(bias, (offset, row) =>
        x.reduce((sum, value, i) => sum + value * (weight[row * width + i] ?? 0), offset),
      );
    const pooler = (name: string) => randomWeights().get(`bert.pooler.dense.${name}`) as TensorData;
    const [classifier, offset] = model.head.map(({ values }) => values) as [Float32Array, Float32Array];
    const expected = [0, 1, 2].flatMap((text) => {
      const first = Array.from(hidden.slice(text * length * width, (text * length + 1) * width));
      const pooled = layer(first, pooler("weight"), pooler("bias").data).map(Math.tanh);
      return layer(pooled, { shape: [2, width], data: classifier }, offset);
    });
    model.dispose();
    expectAllClose(logits, expected, { tolerance: 1e-4 });
  });
});

describe("the whole road, with no word about it outside of this folder", () => {
  const sample = fileURLToPath(new URL("../quickstart", import.meta.url));
  const options = { models: [descriptor] };
  let dir: string;
  const at = (name: string) => join(dir, name);
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "own-model-family-"));
    await writeRandomBert(at("base"), `${sample}/model`);
    const task = `${sample}/data/task.json`;
    const settings = trainingSettingsIn({ base: at("base"), task, steps: 4, rank: 4, maxLength: 32, backend: "wasm" });
    await (await trainRun({ settings, out: at("run") }, options)).close();
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  async function predict(settings: { base?: string; adapter?: string; rank?: number }): Promise<number[]> {
    await writeFile(at("in.jsonl"), '{"text": "The Eagle has a low customer rating."}\n');
    const lines = { input: at("in.jsonl"), output: at("out.jsonl"), resume: false, batchSize: 8, backend: "wasm" };
    await predictFile({ ...lines, ...settings }, options);
    return JSON.parse(await readFile(at("out.jsonl"), "utf8")).logits;
  }

  test("a model of it is refused where nobody describes it", async () => {
    const settings = trainingSettingsIn({ base: at("base"), task: `${sample}/data/task.json`, backend: "wasm" });
    await expect(trainRun({ settings })).rejects.toThrow(/model_type is "bert"; dylora loads roberta/);
  });

  test("a script that only the record of a run names is not run", async () => {
    const record = JSON.parse(await readFile(at("run/run.json"), "utf8"));
    await cp(at("run"), at("foreign"), { recursive: true });
    await writeFile(at("foreign/evil.mjs"), "throw new Error('it was run');");
    const settings = { ...record.settings, model: at("foreign/evil.mjs") };
    await writeFile(at("foreign/run.json"), JSON.stringify({ ...record, settings }));
    await expect(openAdapter(at("foreign"), { backend: "wasm" })).rejects.toMatchObject({ code: "option_missing" });
    const adapter = await openAdapter(at("foreign"), { ...options, backend: "wasm" });
    await adapter.close();
  });

  test("the functions of dylora take it by value", async () => {
    const model = await openModel(at("base"), { ...options, backend: "wasm" });
    const task = await openTask(`${sample}/data/train.tsv`, { text: "text", label: "label" });
    const run = await finetune(model, task, { maxRank: 2, steps: 2, maxLength: 32 });
    const { logits } = await run.predict(["The Eagle has a low customer rating."], { rank: 1 });
    await exportAdapter(run, { rank: 1, out: at("by-value") });
    await run.close();
    await model.close();
    const adapter = await openAdapter(at("by-value"), { ...options, backend: "wasm" });
    const again = await adapter.predict(["The Eagle has a low customer rating."]);
    expectAllClose(again.logits[0] ?? [], logits[0] ?? [], { tolerance: 1e-5 });
    await adapter.close();
  });

  test("a pair on the pooler, which other families leave out, is trained and exported", async () => {
    const task = `${sample}/data/task.json`;
    const own = { base: at("base"), task, steps: 2, rank: 2, maxLength: 32, lr: 0.05, backend: "wasm" };
    const settings = trainingSettingsIn({ ...own, targets: ["query", "pooler.dense"] });
    await (await trainRun({ settings, out: at("pooled") }, options)).close();
    const wanted = await predict({ adapter: at("pooled") });
    const toWrite = { rank: 2, dtype: "float32", overwrite: false, backend: "wasm" } as const;
    await exportSource(at("pooled"), { ...toWrite, out: at("pooled-peft"), merge: false }, options);
    await exportSource(at("pooled"), { ...toWrite, out: at("pooled-merged"), merge: true }, options);
    expect((await readPeftAdapter(at("pooled-peft"))).tensors.has("bert.pooler.dense")).toBe(true);
    expectAllClose(await predict({ adapter: at("pooled-peft") }), wanted, { tolerance: 1e-5 });
    expectAllClose(await predict({ base: at("pooled-merged") }), wanted, { tolerance: 1e-5 });
  });

  test("sweeps every rank", async () => {
    const table = { ...sweepSettings, ...decodingSettings, ...backendSettings };
    const measuring = readSettings(table, [{ values: { backend: "wasm", limit: 50, resamples: 20 } }]);
    const { curves, model } = await sweepRunFolder(at("run"), measuring, options);
    expect(model.architecture).toBe("bert");
    expect(curves[0]?.points.map(({ rank }) => rank)).toEqual([1, 2, 3, 4]);
  });

  test("a rank predicts the same from the run, as a PEFT adapter and merged, and the files are transformers'", async () => {
    const wanted = await predict({ adapter: at("run"), rank: 2 });
    expect(wanted).toHaveLength(7);
    const settings = { rank: 2, dtype: "float32", overwrite: false, backend: "wasm" } as const;
    await exportSource(at("run"), { ...settings, out: at("peft"), merge: false }, options);
    await exportSource(at("run"), { ...settings, out: at("merged"), merge: true }, options);
    expectAllClose(await predict({ adapter: at("peft") }), wanted, { tolerance: 1e-5 });
    expectAllClose(await predict({ base: at("merged") }), wanted, { tolerance: 1e-5 });

    const { config, modulesToSave, tensors } = await readPeftAdapter(at("peft"));
    expect(config).toMatchObject({ r: 2, task_type: "SEQ_CLS", modules_to_save: ["classifier"] });
    expect([...modulesToSave.keys()].sort()).toEqual(["classifier.bias", "classifier.weight"]);
    expect(tensors.has("bert.encoder.layer.1.attention.self.value")).toBe(true);
    const { config: merged, weights } = await openModelFolder(at("merged"));
    expect(merged).toMatchObject({ architectures: ["BertForSequenceClassification"], model_type: "bert" });
    expect(Object.keys(merged["id2label"] as object)).toHaveLength(7);
    expect(weights.shape("bert.pooler.dense.weight")).toEqual([32, 32]);
    await weights.close();
  });
});
