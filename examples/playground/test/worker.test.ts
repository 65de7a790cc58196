import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { wasmBackend } from "@dylora/backend-wasm";
import { type Backend, useBackend } from "@dylora/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { TrainReport } from "../src/api.ts";
import { createPlayground } from "../src/worker/playground.ts";
import { referenceLogits, referenceTexts } from "./reference.ts";

const examples = join(import.meta.dirname, "../..");
const lines: Readonly<Record<string, string>> = {
  quickstart: "good food\tyes\nbad food\tno\nfine\tyes\npoor\tno\ngreat\tyes\nawful\tno\n",
  "gpt2-e2e": Array.from({ length: 6 }, (_, row) => `name[Place ${row}] => Place ${row} is a pub.\n`).join(""),
};

let backend: Backend;
beforeAll(async () => {
  backend = await useBackend(wasmBackend());
  // What the page's server has, from the folders of the examples.
  vi.stubGlobal("fetch", async (url: string) => {
    const [example = "", ...rest] = url.split("/");
    const text = lines[example];
    if (rest.join("/") === "lines.txt" && text !== undefined) return new Response(text);
    return new Response(new Uint8Array(await readFile(join(examples, example, ...rest))));
  });
});
afterAll(() => {
  vi.unstubAllGlobals();
  backend.dispose();
});

test("the worker classifies and writes as the library does", async () => {
  const page = createPlayground();
  expect(await page.open("rating")).toMatchObject({ task: "rating", maxRank: 8, headParameters: 17_415 });
  const text = "The Eagle has a low customer rating.";
  for (const [index, expected] of (await referenceLogits(text, [1, 8])).entries()) {
    const { classes, tokens } = await page.classify(text, [1, 8][index] as number);
    for (const [id, { logit }] of classes.entries()) expect(logit).toBeCloseTo(expected[id] as number, 3);
    expect(classes.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5);
    expect(tokens).toBeGreaterThan(5);
  }
  await page.open("writing");
  const meaning = "name[Aromi], eatType[pub]";
  const [expected] = await referenceTexts(meaning, [8]);
  const seen: string[] = [];
  const written = await page.write(meaning, 8, ({ text: grown }) => void seen.push(grown));
  expect(written?.text).toBe(expected);
  expect(seen.at(-1)).toBe(expected);
  expect(written?.tokens).toBeGreaterThan(seen.length / 2);
});

test("the worker trains on lines, draws every rank, and reads back what it lets people download", async () => {
  const page = createPlayground();
  for (const name of ["rating", "writing"] as const) {
    const reports: TrainReport[] = [];
    const settings = { steps: 3, learningRate: 1e-3 };
    const text = await page.lines(name);
    const { step, stopped, adapter } = await page.train(name, text, settings, (report) => void reports.push(report));
    expect([step, stopped, adapter.origin]).toEqual([3, false, "trained here, 3 steps"]);
    expect(reports[0]).toMatchObject({ type: "data", training: name === "rating" ? 4 : 5 });
    const curves = reports.filter((report) => report.type === "curve");
    expect(curves.at(-1)).toMatchObject({ step: 3 });
    for (const { losses } of curves) {
      expect(losses).toHaveLength(8);
      for (const loss of losses) expect(loss).toBeGreaterThan(0);
    }
    const zip = await page.download(2);
    expect(await page.load(zip, "mine.zip")).toMatchObject({ task: name, maxRank: 2, origin: "from mine.zip" });
  }
});

test("stopping keeps what was trained, and nothing is left behind", async () => {
  const page = createPlayground();
  await page.open("rating");
  const tensors = tf.memory().numTensors;
  const onReport = (report: TrainReport) => void (report.type === "step" && report.step === 2 && page.stop());
  const end = await page.train("rating", await page.lines("rating"), { steps: 500, learningRate: 1e-3 }, onReport);
  expect(end).toMatchObject({ step: 2, stopped: true });
  await page.open("rating");
  expect(tf.memory().numTensors).toBe(tensors);
});
