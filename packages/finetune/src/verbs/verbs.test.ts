import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { wasmBackend } from "@dylora/backend-wasm";
import { activeBackend, useBackend } from "@dylora/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exportAdapter } from "./export-adapter.ts";
import { finetune } from "./finetune.ts";
import { openAdapter } from "./open-adapter.ts";
import { openModel } from "./open-model.ts";
import { openTask } from "./open-task.ts";
import { sweep } from "./sweep.ts";

const sample = fileURLToPath(new URL("../../../../examples/quickstart", import.meta.url));
const words: Readonly<Record<string, string>> = { billing: "an invoice was charged twice", login: "I cannot log in" };
let dir: string;
let table: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "dylora-verbs-"));
  table = join(dir, "tickets.csv");
  const rows = Array.from({ length: 60 }, (_, row) => {
    const team = row % 3 === 0 ? "billing" : "login";
    return `"${words[team]}, case ${row}",${team}`;
  });
  await writeFile(table, `message,team\n${rows.join("\n")}\n`);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test("a table of one's own is learnt, swept, used and exported", async () => {
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  const model = await openModel(join(sample, "model"), { backend: "wasm" });
  const task = await openTask(table, { text: "message", label: "team", validation: 0.2, log });
  expect([task.kind, task.labels]).toEqual(["classification", ["billing", "login"]]);
  const out = join(dir, "run");
  const run = await finetune(model, task, { maxRank: 4, steps: 8, batchSize: 8, learningRate: 5e-3, out, log });
  expect(run.record.settings).toMatchObject({ rank: 4, lr: 5e-3, task: table, text: "message", label: "team" });
  expect(run.record.task.trainingExamples).toBe(48);
  expect(run.log.steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(lines.join("\n")).toMatch(/2 classes: "billing", "login"[\s\S]*48 rows to learn from, 12 set apart/);

  const swept = await sweep(run, { resamples: 50 });
  expect(swept.ranks.map(({ rank }) => rank)).toEqual([1, 2, 3, 4]);
  expect(swept.recommended.rank).toBeGreaterThan(0);
  expect(`${swept}`).toContain("accuracy");
  expect(existsSync(join(out, "report.html"))).toBe(true);
  // The folder holds all that is needed to sweep it again.
  const again = await sweep(out, { resamples: 50, backend: "wasm" });
  expect(again.ranks.map(({ metric }) => metric)).toEqual(swept.ranks.map(({ metric }) => metric));

  const texts = ["an invoice was charged twice, case 3", "I cannot log in, case 4"];
  const own = await run.predict(texts, { rank: 2 });
  const exported = join(dir, "adapter");
  expect(await exportAdapter(run, { rank: 2, out: exported })).toMatchObject({ rank: 2, layout: "peft" });
  const adapter = await openAdapter(exported, { base: join(sample, "model"), backend: "wasm" });
  const theirs = await adapter.predict(texts);
  expect(adapter.labels).toEqual(["billing", "login"]);
  expect(theirs.labels).toEqual(own.labels);
  theirs.logits.forEach((row, at) => {
    for (const [id, logit] of row.entries())
      expect(logit).toBeCloseTo((own.logits[at] as Float32Array)[id] as number, 4);
  });
  for (const row of own.scores) expect(row.reduce((sum, score) => sum + score, 0)).toBeCloseTo(1, 6);
  await adapter.close();
  await run.close();
  await model.close();
  // What was started for the run is given back with it.
  expect(activeBackend()).toBeUndefined();
});

test("a run kept in memory equals one in a folder, and gives its events one by one", async () => {
  const backend = await useBackend(wasmBackend());
  const tensors = tf.memory().numTensors;
  const model = await openModel(join(sample, "model"), { backend: "wasm" });
  const task = await openTask(table, { text: "message", label: "team" });
  const options = { maxRank: 2, steps: 3, batchSize: 8, seed: 7 };
  const job = finetune(model, task, options);
  const steps: number[] = [];
  for await (const event of job) if (event.type === "step") steps.push(event.step);
  expect(steps).toEqual([1, 2, 3]);
  const memory = await job;
  const folder = await finetune(model, task, { ...options, out: join(dir, "same") });
  for (const { name } of memory.adapted.adapter.parameters.entries) {
    expect(folder.adapted.adapter.parameters.get(name)).toEqual(memory.adapted.adapter.parameters.get(name));
  }
  expect(memory.dir).toBeUndefined();
  expect((await sweep(memory, { ranks: [1], resamples: 20 })).ranks).toHaveLength(1);
  await memory.close();
  await folder.close();
  await model.close();
  // The backend of somebody else stays, and nothing is left on it.
  expect([activeBackend(), tf.memory().numTensors]).toEqual([backend, tensors]);
  backend.dispose();
});

test("what is wrong is said before any work", async () => {
  const model = await openModel(join(sample, "model"), { backend: "wasm" });
  const task = await openTask(table, { text: "message", label: "team" });
  await expect(finetune(model, task, { rank: 4 } as object)).rejects.toThrow("use maxRank");
  await expect(finetune(model, task, { maxRanks: 4 } as object)).rejects.toThrow('no option "maxRanks"');
  await expect(finetune(model, task, { maxRank: 0 })).rejects.toThrow("'rank' is 0");
  await expect(openTask(table, { text: "message" })).rejects.toThrow("'label' is missing");
  await expect(openTask(table, { text: "text", label: "team" })).rejects.toThrow(/text/);
  await expect(openTask(table, { texts: "message" } as object)).rejects.toThrow("no option");
  await expect(sweep(join(dir, "nothing"))).rejects.toThrow(/no run folder/);
  await model.close();
});

test("a run that is stopped is saved in its folder, and goes on to what it would have been", async () => {
  const model = await openModel(join(sample, "model"), { backend: "wasm" });
  const task = await openTask(table, { text: "message", label: "team" });
  const stop = new AbortController();
  const out = join(dir, "stopped");
  const onEvent = ({ type, step }: { type: string; step: number }) => {
    if (type === "step" && step === 2) stop.abort();
  };
  const job = finetune(model, task, { maxRank: 2, steps: 50, batchSize: 8, out, signal: stop.signal, onEvent });
  await expect(job).rejects.toThrow("interrupted after 2 of 50 steps; saved");
  expect(JSON.parse(await readFile(join(out, "run.json"), "utf8")).ended).toMatchObject({ step: 2, reason: "aborted" });

  const options = { maxRank: 2, steps: 6, batchSize: 8 };
  const whole = await finetune(model, task, options);
  await expect(finetune(model, task, { out, resume: true, maxRank: 3 })).rejects.toMatchObject({
    code: "resume_differs",
  });
  await expect(finetune(model, task, { resume: true })).rejects.toThrow("'out' is missing");
  const resumed = await finetune(model, task, { out, resume: true, steps: 6 });
  expect([resumed.resumedFrom, resumed.outcome.step, resumed.record.settings.rank]).toEqual([2, 6, 2]);
  await resumed.close();
  const twice = join(dir, "twice");
  const again = new AbortController();
  const stopAt = ({ type, step }: { type: string; step: number }) => {
    if (type === "step" && step === 3) again.abort();
  };
  await expect(
    finetune(model, task, { ...options, out: twice, signal: again.signal, onEvent: stopAt }),
  ).rejects.toThrow("saved");
  const equal = await finetune(model, task, { out: twice, resume: true });
  expect(equal.adapted.adapter.parameters.values).toEqual(whole.adapted.adapter.parameters.values);
  await equal.close();
  await whole.close();
  await model.close();
});
