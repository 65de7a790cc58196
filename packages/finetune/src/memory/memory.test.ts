import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { wasmBackend } from "@dylora/backend-wasm";
import { type Backend, useBackend } from "@dylora/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openAdapter as openFolder } from "../verbs/open-adapter.ts";
import { exportAdapter } from "./export-adapter.ts";
import { finetune } from "./finetune.ts";
import { openAdapter } from "./open-adapter.ts";
import { openModel } from "./open-model.ts";
import { openTask } from "./open-task.ts";
import { sweep } from "./sweep.ts";

const examples = fileURLToPath(new URL("../../../../examples", import.meta.url));
let backend: Backend;
beforeAll(async () => {
  backend = await useBackend(wasmBackend());
});
afterAll(() => backend.dispose());

/** The files of a folder in memory, as a page would have fetched them. */
async function filesIn(folder: string): Promise<Map<string, Uint8Array>> {
  const names = (await readdir(folder)).filter((name) => /\.(json|safetensors)$/.test(name));
  const read = async (name: string) => [name, new Uint8Array(await readFile(join(folder, name)))] as const;
  return new Map(await Promise.all(names.map(read)));
}

const rows = Array.from({ length: 60 }, (_, row) => {
  const label = row % 3 === 0 ? "billing" : "login";
  return { text: `${label === "billing" ? "an invoice was charged twice" : "I cannot log in"}, case ${row}`, label };
});

test("an adapter from files answers as the same adapter from its folder", async () => {
  const tensors = tf.memory().numTensors;
  const [base, folder] = [join(examples, "quickstart", "model"), join(examples, "quickstart", "adapter")];
  const model = await openModel(await filesIn(base));
  const adapter = await openAdapter(await filesIn(folder), model);
  const other = await openFolder(folder, { base });
  const texts = ["The Eagle has a low customer rating.", ["A pub.", "It is cheap."] as const];
  for (const rank of [1, 4, 8]) {
    const [own, theirs] = [await adapter.predict(texts, { rank }), await other.predict(texts, { rank })];
    expect(own).toEqual(theirs);
  }
  expect(adapter.labels).toEqual(other.labels);
  await other.close();
  await adapter.close();
  await model.close();
  expect(tf.memory().numTensors).toBe(tensors);
});

test("rows are learnt, swept and exported, and the export reads back to the same answers", async () => {
  const tensors = tf.memory().numTensors;
  const model = await openModel(await filesIn(join(examples, "quickstart", "model")), { name: "base" });
  const task = await openTask(rows, { validation: 0.2 });
  const events: string[] = [];
  const onEvent = ({ type }: { type: string }) => void events.push(type);
  const evaluating = { evalEvery: 3, evalRanks: [1, 2] };
  const run = await finetune(model, task, {
    maxRank: 2,
    steps: 6,
    batchSize: 8,
    learningRate: 5e-3,
    onEvent,
    ...evaluating,
  });
  expect(events.filter((type) => type === "evaluation")).toHaveLength(4);
  const table = await sweep(run);
  expect(table.ranks.map(({ rank, loss }) => [rank, typeof loss])).toEqual([
    [1, "number"],
    [2, "number"],
  ]);
  expect(table.metric.name).toBe("accuracy");
  const files = exportAdapter(run, { rank: 1 });
  const card = new TextDecoder().decode(files.get("README.md"));
  expect(card).toContain("- Classes, in the order of the outputs: `billing`, `login`\n");
  const back = await openAdapter(files, model);
  expect(back.labels).toEqual(["billing", "login"]);
  const text = "I cannot log in, case 1";
  const [own, theirs] = [await run.predict(text, { rank: 1 }), await back.predict(text)];
  expect(theirs.labels).toEqual(own.labels);
  for (const [id, logit] of (theirs.logits[0] as Float32Array).entries()) {
    expect(logit).toBeCloseTo((own.logits[0] as Float32Array)[id] as number, 4);
  }
  await back.close();
  await run.close();
  expect(tf.memory().numTensors).toBe(tensors);
});

test("prompts are learnt and written on, at once and piece by piece", async () => {
  const tensors = tf.memory().numTensors;
  const model = await openModel(await filesIn(join(examples, "gpt2-e2e", "model")));
  const pairs = Array.from({ length: 12 }, (_, row) => {
    return { prompt: `name[Place ${row}], eatType[pub] =>`, completion: ` Place ${row} is a pub.` };
  });
  const run = await finetune(model, await openTask(pairs), { maxRank: 2, steps: 2, batchSize: 4 });
  const { ranks, metric } = await sweep(run);
  expect(metric).toEqual({ name: "loss", higherIsBetter: false });
  for (const { loss } of ranks) expect(loss).toBeGreaterThan(0);
  const prompt = "name[Aromi], eatType[pub] =>";
  const { texts } = await run.generate(prompt, { rank: 1, maxNewTokens: 8 });
  let streamed = "";
  for await (const piece of run.generateStream(prompt, { rank: 1, maxNewTokens: 8 })) streamed += piece;
  expect(streamed).toBe(texts[0]);
  await run.close();
  expect(tf.memory().numTensors).toBe(tensors);
});

test("rows that make no task are refused", async () => {
  await expect(openTask([])).rejects.toThrow("0 rows are too few");
  await expect(openTask(rows.filter(({ label }) => label === "login"))).rejects.toThrow("two at least");
  await expect(openTask(rows, { labels: ["login", "other"] })).rejects.toThrow('row 1 is of class "billing"');
  await expect(openTask([...rows, { prompt: "a", completion: "b" }])).rejects.toThrow("prompts with completions");
});

test("an option that finetune has not here is refused before any work, also where no compiler looked", async () => {
  const model = await openModel(await filesIn(join(examples, "quickstart", "model")));
  const task = await openTask(rows);
  for (const options of [{ reportTo: ["csv"] }, { learningrate: 1e-3 }, { rank: 2 }]) {
    await expect(finetune(model, task, options as object)).rejects.toMatchObject({ code: "unknown_setting" });
  }
  await model.close();
});
