import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../fixtures/run-cli.ts";
import { makeTinyGeneration, type TinyGeneration } from "../fixtures/tiny-generation.ts";
import { parseSweepFile } from "../report/parse-sweep-file.ts";

let sample: TinyGeneration;
beforeAll(async () => {
  sample = await makeTinyGeneration();
});
afterAll(() => sample.remove());

type Task = Parameters<TinyGeneration["data"]>[0];

/** Trains a few steps. */
async function train(task: Task, name: string, ...args: string[]): Promise<string> {
  const out = sample.out(name);
  const usual = ["--base", sample.model, "--task", task, "--data", sample.data(task), "--out", out];
  const { code, err } = await runCli(["train", ...usual, "--steps", "4", "--rank", "4", "--batch-size", "4", ...args]);
  expect(err).not.toMatch(/^dylora:/m);
  expect(code).toBe(0);
  return out;
}

const prompts = ["name[Ij] =>", "name[Kl] =>"].map((prompt) => `${JSON.stringify({ prompt })}\n`).join("");

/** What `generate` writes for the prompts. */
async function written(...args: string[]): Promise<string> {
  const { code, out, err } = await runCli(["generate", "--input", "-", "--output", "-", ...args], { input: prompts });
  expect(err).not.toMatch(/^dylora:/m);
  expect(code).toBe(0);
  return out;
}

describe("the road of a generation task", () => {
  let run: string;
  beforeAll(async () => {
    run = await train("e2e", "e2e", "--prompt-form", "arrow", "--lr", "0.05", "--label-smoothing", "0.1");
  });

  test("the record names the task and the architecture", async () => {
    const record = JSON.parse(await readFile(join(run, "run.json"), "utf8"));
    expect(record).toMatchObject({
      task: { name: "e2e", kind: "generation", labels: [], trainingExamples: 8 },
      base: { architecture: "gpt2", maxLength: 48 },
      settings: { promptForm: "arrow" },
    });
  });

  test("sweep generates and scores every rank, and shows texts side by side", async () => {
    const { code, out, err } = await runCli(["sweep", run, "--resamples", "20", "--num-beams", "2"]);
    expect(code).toBe(0);
    expect(err).toMatch(/sweep: 8\/8 texts/);
    expect(out).toMatch(/rank .*BLEU/);
    const sweep = parseSweepFile(await readFile(join(run, "sweep.json"), "utf8"), "sweep.json");
    expect(sweep.task).toMatchObject({ kind: "generation", metric: { name: "BLEU" }, examples: 2 });
    const [curve] = sweep.curves;
    expect(curve?.points.map(({ rank }) => rank)).toEqual([1, 2, 3, 4]);
    for (const { metrics } of curve?.points ?? []) {
      expect(Object.keys(metrics ?? {})).toEqual(["NIST", "METEOR", "ROUGE_L", "CIDEr", "TER", "chrF", "chrF++"]);
    }
    expect(sweep.samples?.map(({ input }) => input)).toEqual(["name[Ij]", "name[Kl]"]);
    expect(sweep.samples?.[0]?.references).toEqual(["Ij is a pub.", "A pub: Ij."]);
    expect(sweep.samples?.[0]?.outputs.map(({ rank }) => rank)).toEqual([1, 2, 3, 4]);
    for (const { rank, text } of sweep.samples?.[0]?.outputs ?? [])
      expect(out).toContain(`rank ${rank}  ${text.slice(0, 20)}`);
    const page = await readFile(join(run, "report.html"), "utf8");
    expect(page).toContain("Outputs side by side");
    expect(page).toContain("AutoModelForCausalLM");
  });

  test("--limit and --ranks measure less, and repeat the same scores", async () => {
    const args = ["sweep", run, "--resamples", "20", "--ranks", "2", "--json"];
    const [all, one] = [await runCli(args), await runCli([...args, "--limit", "1"])];
    expect(parseSweepFile(all.out, "all").task.examples).toBe(2);
    expect(parseSweepFile(one.out, "one").task.examples).toBe(1);
    const generated = (await written("--adapter", run, "--rank", "2")).trimEnd().split("\n");
    const texts = generated.map((line) => JSON.parse(line).text.trim());
    const samples = parseSweepFile(all.out, "all").samples ?? [];
    expect(samples.map(({ outputs }) => outputs[0]?.text)).toEqual(texts);
  });

  test("an exported rank, and the merged model, write what the run does at that rank", async () => {
    const [peft, merged] = [sample.out("peft"), sample.out("merged")];
    expect((await runCli(["export", run, "--rank", "2", "--out", peft])).code).toBe(0);
    expect((await runCli(["export", run, "--rank", "2", "--out", merged, "--merge"])).code).toBe(0);
    const config = JSON.parse(await readFile(join(peft, "adapter_config.json"), "utf8"));
    expect(config).toMatchObject({ task_type: "CAUSAL_LM", r: 2, fan_in_fan_out: true, target_modules: ["c_attn"] });
    const expected = await written("--adapter", run, "--rank", "2");
    expect(await written("--adapter", run, "--rank", "4")).not.toBe(expected);
    expect(await written("--adapter", peft)).toBe(expected);
    expect(await written("--base", merged)).toBe(expected);
    expect(JSON.parse(await readFile(join(merged, "config.json"), "utf8"))).toMatchObject({
      architectures: ["GPT2LMHeadModel"],
    });
  });
});

test("parts of c_attn: trained apart, exported as one pair, merged: the same texts", async () => {
  const run = await train("e2e", "parts", "--targets", "c_attn.q,c_attn.v", "--lr", "0.05", "--prompt-form", "arrow");
  const [peft, merged] = [sample.out("parts-peft"), sample.out("parts-merged")];
  expect((await runCli(["export", run, "--rank", "3", "--out", peft])).code).toBe(0);
  expect((await runCli(["export", run, "--rank", "3", "--out", merged, "--merge"])).code).toBe(0);
  const config = JSON.parse(await readFile(join(peft, "adapter_config.json"), "utf8"));
  expect(config).toMatchObject({ task_type: "CAUSAL_LM", r: 6, fan_in_fan_out: true });
  const expected = await written("--adapter", run, "--rank", "3");
  expect(await written("--base", sample.model)).not.toBe(expected);
  expect(await written("--adapter", peft)).toBe(expected);
  expect(await written("--base", merged)).toBe(expected);
});

test.each(["dart", "webnlg", "jsonl"] as const)("task %s trains, evaluates on the way and sweeps", async (task) => {
  const run = await train(task, task, "--eval-every", "4", "--eval-ranks", "1,4");
  const { code, out } = await runCli(["sweep", run, "--ranks", "4", "--resamples", "20", "--json"]);
  expect(code).toBe(0);
  const { samples, training } = parseSweepFile(out, "sweep");
  expect(samples?.map(({ input }) => input)).toEqual(
    {
      dart: ["Ij : is : pub", "Kl : is : pub"],
      webnlg: ["Ij : is : pub", "Kl : is : pub"],
      jsonl: ["Ij:", "Kl:"],
    }[task],
  );
  expect(training?.evaluations?.map(({ rank }) => rank)).toEqual([1, 4]);
});

test("compare sets DyLoRA against LoRA by BLEU", async () => {
  const usual = ["--base", sample.model, "--task", "e2e", "--data", sample.data("e2e"), "--steps", "2", "--rank", "2"];
  const { code, out } = await runCli([
    "compare",
    ...usual,
    "--resamples",
    "20",
    "--out",
    sample.out("compare"),
    "--json",
  ]);
  expect(code).toBe(0);
  const { curves, task } = parseSweepFile(out, "compare");
  expect(task.metric.name).toBe("BLEU");
  expect(curves.map(({ kind }) => kind)).toEqual(["dylora", "lora", "cut-lora"]);
});

describe("refused before any work", () => {
  const refuse = async (message: RegExp, ...args: string[]): Promise<void> => {
    const usual = [
      "--base",
      sample.model,
      "--data",
      sample.data("e2e"),
      "--out",
      sample.out("refused"),
      "--steps",
      "2",
    ];
    const { code, err } = await runCli(["train", ...usual, ...args]);
    expect(err).toMatch(message);
    expect(err).toMatch(/^dylora: [^\n]+\n$/);
    expect(code).toBe(2);
  };
  test("no data", async () => {
    const { code, err } = await runCli([
      "train",
      "--base",
      sample.model,
      "--task",
      "e2e",
      "--out",
      sample.out("refused"),
    ]);
    expect(err).toMatch(/--data is missing: the folder of e2e's files/);
    expect(code).toBe(2);
  });
  test("the hub", () => refuse(/--data hub goes with GLUE/, "--task", "e2e", "--data", "hub"));
  test("a folder without the files", () =>
    refuse(/holds no train split of dart; looked for dart-v1/, "--task", "dart"));
  test("a folder that is not there", () => refuse(/there is no such folder/, "--task", "e2e", "--data", "nowhere"));
  test("a classification task", () =>
    refuse(/task cola needs a model that classifies .*is gpt2/, "--task", "cola", "--data", sample.data("e2e")));
  test("a prompt form of classes", () => refuse(/--prompt-form goes with/, "--task", "cola", "--prompt-form", "arrow"));
  test("a prompt form of whole prompts", () =>
    refuse(/jsonl holds whole/, "--task", "jsonl", "--data", sample.data("jsonl"), "--prompt-form", "lora"));
  test("a target that the model has not", () => refuse(/c_attn\.x/, "--task", "e2e", "--targets", "c_attn.x"));
  test("a prompt that fills the context", async () => {
    await writeFile(
      join(sample.data("jsonl"), "train.jsonl"),
      JSON.stringify({ prompt: "a".repeat(60), completion: "b" }),
    );
    await refuse(/has 60 tokens/, "--task", "jsonl", "--data", sample.data("jsonl"));
  });
  test("malformed XML, with its place", async () => {
    await writeFile(join(sample.data("webnlg"), "train.xml"), "<benchmark>\n<entries>\n</benchmark>");
    await refuse(/train\.xml, line 3/, "--task", "webnlg", "--data", sample.data("webnlg"));
  });
  test("entity expansion", async () => {
    const bomb = '<!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n<benchmark><entries>&b;</entries></benchmark>';
    await writeFile(join(sample.data("webnlg"), "train.xml"), bomb);
    await refuse(/train\.xml.*DOCTYPE/i, "--task", "webnlg", "--data", sample.data("webnlg"));
  });
});
