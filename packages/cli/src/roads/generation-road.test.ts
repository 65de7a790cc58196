import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseSweepFile } from "@dylora/report";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../fixtures/run-cli.ts";
import { makeTinyGeneration, type TinyGeneration } from "../fixtures/tiny-generation.ts";

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
      task: { name: "e2e", kind: "generation", labels: [], trainingExamples: 8, promptForm: "arrow" },
      base: { architecture: "gpt2", maxLength: 48, tokenizer: expect.stringMatching(/^[0-9a-f]{16}$/) },
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
    // A text is laid out anew on the terminal.
    const plain = (text: string) => text.replace(/\s+/g, " ").trim();
    for (const { rank, text } of sweep.samples?.[0]?.outputs ?? [])
      expect(plain(out)).toContain(plain(`rank ${rank}  ${text.slice(0, 20)}`));
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

describe("prompts are written as in training", () => {
  const contexts = ["name[Ij]", "name[Kl]"];
  const linesOf = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  const generated = async (rows: readonly object[], ...args: string[]) => {
    const run = await runCli(["generate", "--input", "-", "--output", "-", ...args], { input: linesOf(rows) });
    expect(run.err).not.toMatch(/^dylora:/m);
    const texts = run.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).text as string);
    return { texts, err: run.err };
  };
  const runs = new Map<string, string>();
  beforeAll(async () => {
    for (const form of ["arrow", "lora"]) {
      const args = form === "lora" ? [] : ["--prompt-form", form];
      runs.set(form, await train("e2e", `form-${form}`, ...args, "--lr", "0.05"));
    }
  });

  test.each([
    ["arrow", ["name[Ij] =>", "name[Kl] =>"]],
    // The default, which the record and every export hold all the same.
    ["lora", ["name : Ij<|endoftext|>", "name : Kl<|endoftext|>"]],
  ])("%s: by the run, its export and the merged model", async (form, prompts) => {
    const run = runs.get(form) as string;
    const [peft, merged] = [sample.out(`${form}-peft`), sample.out(`${form}-merged`)];
    expect((await runCli(["export", run, "--rank", "4", "--out", peft])).code).toBe(0);
    expect((await runCli(["export", run, "--rank", "4", "--out", merged, "--merge"])).code).toBe(0);
    const expected = await generated(
      prompts.map((prompt) => ({ prompt })),
      "--adapter",
      run,
    );
    expect(expected.err).not.toMatch(/form/);
    for (const source of [
      ["--adapter", run],
      ["--adapter", peft],
      ["--base", merged],
    ]) {
      const found = await generated(
        contexts.map((context) => ({ context })),
        ...source,
      );
      expect(found.texts).toEqual(expected.texts);
      expect(
        JSON.parse(await readFile(join(source[1] as string, source[1] === run ? "run.json" : "dylora.json"), "utf8")),
      ).toMatchObject(
        source[1] === run ? { task: { promptForm: form } } : { promptForm: form, maxLength: 48, task: "e2e" },
      );
    }
  });

  test("prompts in another form are said, and so is another form that is asked for", async () => {
    const run = runs.get("arrow") as string;
    const mixed = ["name[Ij] =>", "name : Ij<|endoftext|>", "name[Ij]"].map((prompt) => ({ prompt }));
    const { err } = await generated(mixed, "--adapter", run);
    expect(err).toMatch(
      /2 of 3 prompts are not in the form that .* was trained with \(--prompt-form arrow, .*\), the first standard input, line 2; write \{"context"/,
    );
    const other = await generated([{ context: "name[Ij]" }], "--adapter", run, "--prompt-form", "lora");
    expect(other.err).toMatch(/was trained with --prompt-form arrow; prompts are written as lora/);
    const lora = runs.get("lora") as string;
    expect((await generated([{ prompt: "name[Ij]<|endoftext|>" }], "--adapter", lora)).err).toMatch(
      /1 of 1 prompts are not/,
    );
  });

  test("another base, and another tokenizer, than those of the training are said", async () => {
    const { cp } = await import("node:fs/promises");
    const other = sample.out("other-base");
    await cp(sample.model, other, { recursive: true });
    const run = runs.get("arrow") as string;
    const moved = await generated([{ context: "name[Ij]" }], "--adapter", run, "--base", other);
    expect(moved.err).toMatch(/was made for the base model .*model; it is used on .*other-base/);
    expect(moved.err).not.toMatch(/tokenizer/);
    const vocabulary = JSON.parse(await readFile(join(other, "vocab.json"), "utf8"));
    const ids = { ...vocabulary, a: vocabulary.b, b: vocabulary.a };
    await writeFile(join(other, "vocab.json"), JSON.stringify(ids));
    const changed = await generated([{ context: "name[Ij]" }], "--adapter", run, "--base", other);
    expect(changed.err).toMatch(
      /the tokenizer of .*other-base splits texts in another way than that which .* was trained with/,
    );
  });

  test("a data file gives a text for each meaning, in its order, with the meaning beside it", async () => {
    const run = runs.get("lora") as string;
    const input = join(sample.data("e2e"), "devset.csv");
    const { code, out } = await runCli(["generate", "--adapter", run, "--input", input, "--output", "-"]);
    expect(code).toBe(0);
    const lines = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ context }) => context)).toEqual(contexts);
    expect(lines.map(({ text }) => text)).toEqual(
      (
        await generated(
          contexts.map((context) => ({ context })),
          "--adapter",
          run,
        )
      ).texts,
    );
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
