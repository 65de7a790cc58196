import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseSweepFile } from "@dylora/report";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../fixtures/run-cli.ts";
import { makeTinySample, type TinySample } from "../fixtures/tiny-sample.ts";

let sample: TinySample;
let run: string;
beforeAll(async () => {
  sample = await makeTinySample();
  run = sample.out("road");
  const options = ["--steps", "12", "--lr", "1e-2", "--rank", "4", "--batch-size", "8"];
  const trained = await runCli(["train", "--base", sample.model, "--task", sample.task, "--out", run, ...options]);
  expect(trained.err).not.toContain("dylora:");
  expect(trained.code).toBe(0);
});
afterAll(() => sample.remove());

const inputs = [
  { text: "good abc" },
  { text: "worst a" },
  { text: "poor", text_pair: "fine" },
  { input_ids: [0, 10, 11, 2] },
  { input_ids: [0, 12, 13, 14, 2, 1], attention_mask: [1, 1, 1, 1, 1, 0] },
];

interface Prediction {
  readonly logits: readonly number[];
  readonly label: string | number;
}

async function predict(...args: string[]): Promise<Prediction[]> {
  const [input, output] = [join(sample.dir, "in.jsonl"), join(sample.dir, "out.jsonl")];
  await writeFile(input, inputs.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const { code, err } = await runCli(["predict", ...args, "--input", input, "--output", output]);
  expect(err).not.toContain("dylora:");
  expect(code).toBe(0);
  const lines = (await readFile(output, "utf8")).trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Prediction);
}

function expectSameLogits(actual: readonly Prediction[], expected: readonly Prediction[]): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach(({ logits }, row) => {
    logits.forEach((value, index) => {
      expect(Math.abs(value - (expected[row]?.logits[index] ?? Number.NaN))).toBeLessThan(1e-5);
    });
  });
}

test("train leaves a record that says everything, events and a checkpoint", async () => {
  const record = JSON.parse(await readFile(join(run, "run.json"), "utf8"));
  expect(record).toMatchObject({
    format: "dylora-run",
    steps: 12,
    settings: { base: sample.model, task: sample.task, rank: 4, lr: 0.01, alpha: 16, distribution: "uniform", seed: 0 },
    task: { name: "mood", labels: ["down", "up"], trainingExamples: 40 },
    base: { architecture: "roberta", maxLength: 21 },
    engine: { id: "wasm" },
    ended: { step: 12, reason: "done" },
  });
  expect(record.ended.cpuSeconds).toBeGreaterThan(0);
  expect(record.versions).toHaveProperty("@dylora/trainer");
  const events = (await readFile(join(run, "events.jsonl"), "utf8")).trimEnd().split("\n");
  const types = events.map((line) => JSON.parse(line).type);
  expect(types).toEqual(["start", ...Array(12).fill("step"), "checkpoint", "end"]);
  expect(existsSync(join(run, "checkpoint", "checkpoints.json"))).toBe(true);
});

test("sweep prints the table and writes data, picture and page", async () => {
  const { code, out } = await runCli(["sweep", run, "--resamples", "50"]);
  expect(code).toBe(0);
  expect(out).toMatch(/rank +parameters +accuracy/);
  expect(out).toMatch(/next: dylora export/);
  const sweep = parseSweepFile(await readFile(join(run, "sweep.json"), "utf8"), "sweep.json");
  const [curve] = sweep.curves;
  expect(curve?.kind).toBe("dylora");
  expect(curve?.points.map(({ rank }) => rank)).toEqual([1, 2, 3, 4]);
  const { ended } = JSON.parse(await readFile(join(run, "run.json"), "utf8"));
  expect([curve?.trainSteps, curve?.trainCpuSeconds]).toEqual([12, ended.cpuSeconds]);
  for (const { metric, low, high, loss, metrics, parameters, rank } of curve?.points ?? []) {
    expect(low).toBeLessThanOrEqual(metric as number);
    expect(high).toBeGreaterThanOrEqual(metric as number);
    expect(loss).toBeGreaterThan(0);
    expect(metrics).toHaveProperty("f1");
    // Two layers, query and value, 32 in and 32 out.
    expect(parameters.lora).toBe(rank * 2 * 2 * 64);
  }
  expect(sweep.training?.step).toHaveLength(12);
  expect(await readFile(join(run, "sweep.svg"), "utf8")).toContain("<svg");
  expect(await readFile(join(run, "report.html"), "utf8")).toContain("<html");
});

test("sweep --json prints the content of sweep.json and nothing else", async () => {
  const { out } = await runCli(["sweep", run, "--ranks", "2,4", "--resamples", "20", "--json"]);
  const sweep = parseSweepFile(out, "stdout");
  expect(sweep.curves[0]?.points.map(({ rank }) => rank)).toEqual([2, 4]);
  expect(sweep).toEqual(parseSweepFile(await readFile(join(run, "sweep.json"), "utf8"), "sweep.json"));
});

describe("export and predict", () => {
  test.each([1, 2, 3, 4])("rank %i: the exported folder predicts as the run does", async (rank) => {
    const out = join(run, "export", `rank-${rank}`);
    const { code } = await runCli(["export", run, "--rank", String(rank), "--out", out]);
    expect(code).toBe(0);
    const config = JSON.parse(await readFile(join(out, "adapter_config.json"), "utf8"));
    expect(config).toMatchObject({
      r: rank,
      lora_alpha: 16,
      task_type: "SEQ_CLS",
      peft_type: "LORA",
      base_model_name_or_path: sample.model,
      modules_to_save: ["classifier"],
      inference_mode: true,
    });
    const card = await readFile(join(out, "README.md"), "utf8");
    // The last sweep was of ranks 2 and 4.
    const score = `Score: accuracy [\\d.]+ \\(95% interval .*\\) on 20 examples at rank ${rank}\n`;
    expect(card).toMatch(rank % 2 === 0 ? new RegExp(score) : "Score: not measured\n");
    expect(card).toContain("Classes, in the order of the outputs: `down`, `up`");
    expect(card).not.toContain(sample.dir);
    const ofRun = await predict("--adapter", run, "--rank", String(rank));
    expectSameLogits(await predict("--base", sample.model, "--adapter", out), ofRun);
    expect(ofRun.map(({ label }) => label)).toEqual(
      ofRun.map(({ logits: [a = 0, b = 0] }) => (a >= b ? "down" : "up")),
    );
  });

  test("ranks differ, so the comparison above means something", async () => {
    const [one, four] = [
      await predict("--adapter", run, "--rank", "1"),
      await predict("--adapter", run, "--rank", "4"),
    ];
    expect(Math.abs((one[0]?.logits[0] ?? 0) - (four[0]?.logits[0] ?? 0))).toBeGreaterThan(1e-4);
  });

  test("a merged model predicts as the run does, with no adapter", async () => {
    const out = join(sample.dir, "merged");
    const { code, out: text } = await runCli(["export", run, "--rank", "3", "--merge", "--out", out, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(text)).toEqual({ out, rank: 3, layout: "merged", base: sample.model });
    const config = JSON.parse(await readFile(join(out, "config.json"), "utf8"));
    expect(config).toMatchObject({
      architectures: ["RobertaForSequenceClassification"],
      id2label: { 0: "down", 1: "up" },
      label2id: { down: 0, up: 1 },
      problem_type: "single_label_classification",
    });
    expectSameLogits(await predict("--base", out), await predict("--adapter", run, "--rank", "3"));
    expect((await predict("--base", out))[0]?.label).toMatch(/up|down/);
  });

  test("a PEFT folder is cut to a lower rank", async () => {
    const [four, two] = [join(sample.dir, "four"), join(sample.dir, "two")];
    await runCli(["export", run, "--rank", "4", "--out", four]);
    const { code } = await runCli(["export", four, "--rank", "2", "--out", two]);
    expect(code).toBe(0);
    const cut = JSON.parse(await readFile(join(two, "adapter_config.json"), "utf8"));
    expect(cut.r).toBe(2);
    expectSameLogits(await predict("--adapter", two), await predict("--adapter", four, "--rank", "2"));
  });

  test("batches of another size give the same logits in the same order", async () => {
    const small = await predict("--adapter", run, "--batch-size", "1");
    expectSameLogits(await predict("--adapter", run, "--batch-size", "5"), small);
  });

  test("standard input to standard output", async () => {
    const input = '{"text": "good abc"}\n{"text": "worst a"}\n';
    const { out, code } = await runCli(["predict", "--adapter", run, "--input", "-", "--output", "-"], { input });
    expect(code).toBe(0);
    expect(
      out
        .trimEnd()
        .split("\n")
        .map((line) => Object.keys(JSON.parse(line))),
    ).toEqual([
      ["logits", "label"],
      ["logits", "label"],
    ]);
  });
});
