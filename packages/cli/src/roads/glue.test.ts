import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseSweepFile } from "@dylora/report";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "../fixtures/run-cli.ts";
import { makeTinySample, type TinySample } from "../fixtures/tiny-sample.ts";

let sample: TinySample;
beforeAll(async () => {
  sample = await makeTinySample();
});
afterAll(() => sample.remove());

async function folder(name: string, files: Record<string, string>): Promise<string> {
  const dir = join(sample.dir, name);
  await mkdir(dir);
  for (const [file, content] of Object.entries(files)) await writeFile(join(dir, file), content);
  return dir;
}

async function trainAndSweep(task: string, data: string, ...more: string[]) {
  const out = sample.out(task);
  const options = ["--steps", "3", "--rank", "2", "--batch-size", "4", ...more];
  const trained = await runCli([
    "train",
    "--base",
    sample.model,
    "--task",
    task,
    "--data",
    data,
    "--out",
    out,
    ...options,
  ]);
  expect(trained.err).not.toContain("dylora:");
  expect(trained.code).toBe(0);
  const swept = await runCli(["sweep", out, "--resamples", "20", "--json"]);
  expect(swept.code).toBe(0);
  return { out, err: trained.err, sweep: parseSweepFile(swept.out, "stdout") };
}

const cola = (rows: number) =>
  Array.from({ length: rows }, (_, i) => `src\t${i % 2}\t${i % 2 ? "" : "*"}\tsentence ${i} is here`).join("\n");

test("CoLA from the official files: no header line, Matthews correlation", async () => {
  const data = await folder("CoLA", { "train.tsv": cola(12), "dev.tsv": cola(8) });
  const { sweep } = await trainAndSweep("CoLA", data);
  expect(sweep.task).toMatchObject({
    name: "cola",
    labels: 2,
    metric: { name: "matthews_correlation" },
    examples: 8,
    trainingExamples: 12,
  });
});

test("broken rows are left out when asked, and counted", async () => {
  const data = await folder("broken", { "train.tsv": `${cola(12)}\nsrc\t1\n`, "dev.tsv": cola(8) });
  const refused = await runCli([
    "train",
    "--base",
    sample.model,
    "--task",
    "cola",
    "--data",
    data,
    "--out",
    sample.out("no"),
  ]);
  expect(refused.code).toBe(2);
  expect(refused.err).toMatch(/train\.tsv, line 13/);
  const out = sample.out("skipping");
  const args = [
    "train",
    "--base",
    sample.model,
    "--task",
    "cola",
    "--data",
    data,
    "--out",
    out,
    "--steps",
    "1",
    "--skip-broken-rows",
  ];
  const { code, err } = await runCli(args);
  expect(code).toBe(0);
  expect(err).toContain("cola, train: 1 row that cannot be read left out");
});

test("a regression: STS-B from JSON Lines, Pearson and Spearman, numbers as predictions", async () => {
  const rows = (count: number) =>
    Array.from({ length: count }, (_, i) =>
      JSON.stringify({ sentence1: `a ${i}`, sentence2: `b ${i * 3}`, label: (i % 11) / 2 }),
    ).join("\n");
  const data = await folder("sts", { "train.jsonl": rows(16), "validation.jsonl": rows(12) });
  const { out, sweep } = await trainAndSweep("stsb", data, "--lr", "1e-2");
  expect(sweep.task).toMatchObject({ kind: "regression", metric: { name: "pearson" } });
  expect(sweep.curves[0]?.points[0]?.metrics).toHaveProperty("spearmanr");

  const [input, output] = [join(sample.dir, "pairs.jsonl"), join(sample.dir, "numbers.jsonl")];
  await writeFile(input, '{"text": "a", "text_pair": "b"}\n{"text": "c", "text_pair": "d"}\n');
  const merged = sample.out("merged-sts");
  expect((await runCli(["export", out, "--rank", "2", "--merge", "--out", merged])).code).toBe(0);
  const predictions = [];
  for (const source of [
    ["--adapter", out],
    ["--base", merged],
  ]) {
    const { code } = await runCli(["predict", ...source, "--input", input, "--output", output]);
    expect(code).toBe(0);
    const lines = (await readFile(output, "utf8"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    for (const { logits, label } of lines) expect([label]).toEqual(logits);
    predictions.push(lines.map(({ label }) => label));
  }
  expect(predictions[1]?.[0]).toBeCloseTo(predictions[0]?.[0], 5);
});

test("two validation splits: MNLI is swept on the other one when asked", async () => {
  const rows = (count: number) => {
    const names = ["entailment", "neutral", "contradiction"];
    const lines = Array.from({ length: count }, (_, i) => `a ${i}\tb ${i}\t${names[i % 3]}`);
    return `sentence1\tsentence2\tgold_label\n${lines.join("\n")}\n`;
  };
  const files = { "train.tsv": rows(12), "dev_matched.tsv": rows(6), "dev_mismatched.tsv": rows(9) };
  const { out, sweep } = await trainAndSweep("mnli", await folder("MNLI", files));
  expect(sweep.task).toMatchObject({ name: "mnli", examples: 6, labels: 3 });
  const other = await runCli(["sweep", out, "--split", "validation_mismatched", "--json", "--resamples", "10"]);
  expect(parseSweepFile(other.out, "stdout").task).toMatchObject({ name: "mnli (validation_mismatched)", examples: 9 });
});
