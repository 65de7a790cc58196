import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { wasmBackend } from "@dylora/backend-wasm";
import { type Backend, useBackend } from "@dylora/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { TaskName, TrainReport, TrainRow } from "../src/api.ts";
import { saysEveryValue } from "../src/page/find-values.ts";
import { starters } from "../src/page/starters.ts";
import { createPlayground } from "../src/worker/playground.ts";
import { referenceLogits, referenceTexts } from "./reference.ts";

const examples = join(import.meta.dirname, "../..");
const rows: Readonly<Record<TaskName, readonly TrainRow[]>> = {
  rating: [
    ["good food", "yes"],
    ["bad food", "no"],
    ["fine", "yes"],
    ["poor", "no"],
    ["great", "yes"],
    ["awful", "no"],
  ],
  writing: Array.from({ length: 6 }, (_, row): TrainRow => [`name[Place ${row}]`, `Place ${row} is a pub.`]),
};

let backend: Backend;
beforeAll(async () => {
  backend = await useBackend(wasmBackend());
  // What the page's server has, from the folders of the examples.
  vi.stubGlobal("fetch", async (url: string) => {
    const file = url.replace("gpt2-e2e/adapter", "playground/adapter");
    return new Response(new Uint8Array(await readFile(join(examples, file))));
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
  const written = await page.write("left", meaning, 8, ({ text: grown }) => void seen.push(grown));
  expect(written?.text).toBe(expected);
  expect(seen.at(-1)).toBe(expected);
  expect(written?.tokens).toBeGreaterThan(seen.length / 2);
});

test("answers that are asked for at once come one after the other, and a newer question ends an older one at its place", async () => {
  const page = createPlayground();
  await page.open("writing");
  const meaning = "name[The Golden Palace], eatType[pub], food[Italian], customer rating[5 out of 5], area[riverside]";
  const [low, high] = await referenceTexts(meaning, [1, 8]);
  const nothing = () => undefined;
  const [old, left, right] = await Promise.all([
    page.write("left", "name[Aromi]", 1, nothing),
    page.write("left", meaning, 1, nothing),
    page.write("right", meaning, 8, nothing),
  ]);
  expect([old, left?.text, right?.text]).toEqual([undefined, low, high]);
});

test("the first answer of GPT-2 at the highest rank says what the data say, and nothing else", async () => {
  const page = createPlayground();
  await page.open("writing");
  const { text } = starters.writing;
  const written = (await page.write("left", text, 8, () => undefined))?.text ?? "";
  expect(written).toBe(
    "The Golden Palace is a pub in the riverside area that serves Italian food and has a customer rating of 5 out of 5.",
  );
  expect(saysEveryValue(text, written)).toBe(true);
  // The same data are not in what the adapter was trained on.
  const trained = await readFile(join(examples, "gpt2-e2e/data/trainset.csv"), "utf8");
  expect(trained).not.toContain(text);
});

test("a text longer than the model is cut, and how much is told; data that are too long are refused", async () => {
  const page = createPlayground();
  await page.open("rating");
  const { tokens, unread } = await page.classify("The food is good. ".repeat(100), 2);
  expect(tokens).toBe(128);
  expect(unread).toBeGreaterThan(200);
  expect((await page.classify("The food is good.", 2)).unread).toBe(0);
  await page.open("writing");
  const long = page.write("left", "name[The Mill] ".repeat(40), 2, () => undefined);
  await expect(long).rejects.toThrow(/tokens long, and the model reads at most 137\. Shorten/);
});

test("the worker trains on rows, draws every rank, and reads back what it lets people download", async () => {
  const page = createPlayground();
  for (const name of ["rating", "writing"] as const) {
    const reports: TrainReport[] = [];
    const settings = { steps: 3, learningRate: 1e-3 };
    const onReport = (report: TrainReport) => void reports.push(report);
    const { step, stopped, trained } = await page.train(name, rows[name], settings, onReport);
    expect([step, stopped, trained?.report.maxRank]).toEqual([3, false, 8]);
    expect(reports[0]).toMatchObject({ type: "data", training: name === "rating" ? 4 : 5, cut: 0 });
    const curves = reports.filter((report) => report.type === "curve");
    expect(curves.at(-1)).toMatchObject({ step: 3 });
    for (const { losses, accuracies } of curves) {
      expect(losses).toHaveLength(8);
      for (const loss of losses) expect(loss).toBeGreaterThan(0);
      expect(accuracies).toHaveLength(name === "rating" ? 8 : 0);
    }
    expect(trained?.files).toEqual(await page.download(8));
    expect(await page.load(await page.download(2))).toMatchObject({ task: name, maxRank: 2 });
  }
});

test("the accuracies are those of the answers", async () => {
  const page = createPlayground();
  const many = Array.from({ length: 60 }, (_, row): TrainRow => {
    return row % 2 === 0 ? [`the food is good, visit ${row}`, "yes"] : [`the food is bad, visit ${row}`, "no"];
  });
  let last: readonly number[] = [];
  const onReport = (report: TrainReport) => {
    if (report.type === "curve") last = report.accuracies;
  };
  await page.train("rating", many, { steps: 30, learningRate: 5e-3 }, onReport);
  const answers = await Promise.all(
    many.map(async ([text, label]) => {
      const { classes } = await page.classify(text, 8);
      return classes.reduce((a, b) => (b.logit > a.logit ? b : a)).label === label;
    }),
  );
  expect(last.at(-1)).toBe(1);
  expect(answers.every(Boolean)).toBe(true);
});

test("an adapter that diverged is said to have, and is not put to use", async () => {
  const page = createPlayground();
  await page.open("rating");
  const before = await page.classify("The food is good.", 8);
  const tensors = tf.memory().numTensors;
  const many = Array.from({ length: 40 }, (_, row): TrainRow => [`visit ${row} was ${row % 3}`, row % 2 ? "a" : "b"]);
  const end = await page.train("rating", many, { steps: 40, learningRate: 0.1 }, () => undefined);
  expect(end.problem).toMatch(/^The training diverged/);
  expect(end.trained).toBeUndefined();
  expect((await page.classify("The food is good.", 8)).classes).toEqual(before.classes);
  expect(tf.memory().numTensors).toBe(tensors);
});

test("rows that are longer than the model reads are counted", async () => {
  const page = createPlayground();
  const long: TrainRow = ["good food and good drinks ".repeat(40), "yes"];
  const reports: TrainReport[] = [];
  const onReport = (report: TrainReport) => void reports.push(report);
  await page.train("rating", [...rows.rating, long], { steps: 1, learningRate: 1e-3 }, onReport);
  expect(reports[0]).toMatchObject({ cut: 1, maxLength: 128 });
  const data: TrainRow = ["name[The Mill], ".repeat(40), "The Mill is a pub."];
  const refused = page.train("writing", [...rows.writing, data], { steps: 1, learningRate: 1e-3 }, onReport);
  await expect(refused).rejects.toThrow(/The data of row 7 are \d+ tokens long/);
});

test("stopping keeps what was trained, and nothing is left behind", async () => {
  const page = createPlayground();
  await page.open("rating");
  const tensors = tf.memory().numTensors;
  const onReport = (report: TrainReport) => void (report.type === "step" && report.step === 2 && page.stop());
  const end = await page.train("rating", rows.rating, { steps: 500, learningRate: 1e-3 }, onReport);
  expect(end).toMatchObject({ step: 2, stopped: true, trained: { report: { maxRank: 8 } } });
  await page.open("rating");
  expect(tf.memory().numTensors).toBe(tensors);
});

test("files that are no adapter are refused in words", async () => {
  const page = createPlayground();
  await expect(page.load(new Map([["README.md", new Uint8Array(3)]]))).rejects.toThrow(
    "There is no adapter in it: adapter_config.json and adapter_model.safetensors are missing.",
  );
});
