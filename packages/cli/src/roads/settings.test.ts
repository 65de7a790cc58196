import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readEventLog, readRunRecord, runPaths } from "@dylora/finetune";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectRefused } from "../fixtures/expect-refused.ts";
import { runCli } from "../fixtures/run-cli.ts";
import { makeTinySample, type TinySample } from "../fixtures/tiny-sample.ts";

let sample: TinySample;
beforeAll(async () => {
  sample = await makeTinySample();
});
afterAll(() => sample.remove());

let count = 0;

async function train(...args: string[]) {
  const out = sample.out(`run-${count++}`);
  const usual = ["--base", sample.model, "--task", sample.task, "--out", out, "--batch-size", "8"];
  const run = await runCli(["train", ...usual, ...args]);
  expect(run.err).not.toContain("dylora:");
  expect(run.code).toBe(0);
  const { events } = runPaths(out);
  return { ...run, dir: out, record: await readRunRecord(out), steps: readEventLog(events).steps };
}

test.each([
  ["epochs", ["--epochs", "2"], 10],
  ["a part of an epoch", ["--epochs", "0.5"], 3],
  ["epochs of accumulated batches", ["--epochs", "2", "--accumulation", "4"], 3],
  ["steps", ["--steps", "4"], 4],
])("steps from %s", async (_, args, expected) => {
  const { steps, record } = await train(...args);
  expect(steps).toHaveLength(expected);
  expect(record.steps).toBe(expected);
});

test("learning rate: warm-up as a share of the steps, then down to 0", async () => {
  const { steps } = await train("--steps", "10", "--warmup-ratio", "0.2", "--lr", "1e-3");
  const rates = steps.map(({ learningRate }) => learningRate);
  [0, 0.5, 1, 7 / 8, 6 / 8, 5 / 8, 4 / 8, 3 / 8, 2 / 8, 1 / 8].forEach((factor, step) => {
    expect(rates[step]).toBeCloseTo(factor * 1e-3, 12);
  });
});

test.each(["constant", "cosine"])("schedule %s", async (schedule) => {
  const { steps } = await train("--steps", "4", "--schedule", schedule, "--warmup", "1", "--lr", "1e-3");
  const last = steps.at(-1)?.learningRate as number;
  if (schedule === "constant") expect(last).toBe(1e-3);
  else expect(last).toBeCloseTo(1e-3 * 0.25, 12);
});

test.each([
  ["frozen", ["--update-mode", "frozen", "--targets", "query,key,value"]],
  ["frozen-reference", ["--update-mode", "frozen-reference", "--targets", "all-linear"]],
  ["matryoshka", ["--update-mode", "matryoshka", "--scaling", "alpha/sqrt(b)"]],
  ["a rank for each example", ["--rank-per", "example", "--targets", "/.*self\\.query/"]],
  ["label smoothing", ["--label-smoothing", "0.1", "--clip-norm", "0.5", "--weight-decay", "0"]],
])("%s trains, sweeps and exports", async (_, args) => {
  const { dir } = await train("--steps", "2", "--rank", "2", ...args);
  const swept = await runCli(["sweep", dir, "--resamples", "10"]);
  expect(swept.code).toBe(0);
  const exported = await runCli(["export", dir, "--rank", "1", "--out", join(dir, "export", "one")]);
  expect(exported.code).toBe(0);
});

test("flags have precedence over the config file, which has it over defaults; a .ts file is one", async () => {
  const config = join(sample.dir, "config.ts");
  await writeFile(
    config,
    "const rank: number = 4;\nexport default { rank, alpha: 8, steps: 2, targets: ['query'] };\n",
  );
  const { record } = await train("--config", config, "--alpha", "4");
  expect(record.settings).toMatchObject({ rank: 4, alpha: 4, steps: 2, targets: ["query"], lr: 5e-4 });
});

test("a run can be repeated from its record alone", async () => {
  const first = await train("--steps", "3", "--rank", "2", "--seed", "7", "--distribution", "geometric:p=0.4");
  const config = join(sample.dir, "again.json");
  await writeFile(config, JSON.stringify(first.record.settings));
  const second = await train("--config", config);
  expect(second.steps.map(({ loss, rank }) => [loss, rank])).toEqual(first.steps.map(({ loss, rank }) => [loss, rank]));
});

test("train --json prints one object", async () => {
  const { json, dir } = await train("--steps", "2", "--rank", "2", "--json");
  expect(json()).toMatchObject({ run: dir, step: 2, reason: "done", distribution: "uniform(1..2)" });
  expect(Object.keys(json()).sort()).toEqual([
    "cpuSeconds",
    "distribution",
    "loss",
    "metric",
    "parameters",
    "reason",
    "run",
    "seconds",
    "step",
  ]);
});

test("a loss that is not finite stops the run with exit code 1 and keeps the last checkpoint", async () => {
  const out = sample.out("diverges");
  const args = [
    "--base",
    sample.model,
    "--task",
    sample.task,
    "--out",
    out,
    "--steps",
    "50",
    "--checkpoint-every",
    "1",
  ];
  const { code, err } = await runCli(["train", ...args, "--lr", "1e30", "--schedule", "constant"]);
  expect(code).toBe(1);
  expect(err).toMatch(/^dylora: .* at step \d+, rank \d/m);
  const pointer = JSON.parse(await readFile(join(out, "checkpoint", "checkpoints.json"), "utf8"));
  expect(pointer.checkpoints.length).toBeGreaterThan(0);
});

test("flags of other tools are understood, and the record holds our names", async () => {
  const flags = [
    "--max-steps",
    "2",
    "--learning_rate=1e-3",
    "--lora-r",
    "2",
    "--use-rslora",
    "--gradient_accumulation_steps",
    "2",
  ];
  const { record } = await train(...flags);
  expect(record.settings).toMatchObject({ steps: 2, lr: 1e-3, rank: 2, scaling: "alpha/sqrt(b)", accumulation: 2 });
});

test("a YAML file in the words of other tools; flags have precedence", async () => {
  const file = sample.out("config.yaml");
  await writeFile(
    file,
    "# as in LLaMA-Factory\nstage: sft\nmax_steps: 3\nlora_rank: 2\nlearning_rate: 1.0e-3\nlora_target: [query, value]\n",
  );
  const { record, err } = await train("--config", file, "--lr", "2e-3");
  expect(record.settings).toMatchObject({ steps: 3, lr: 2e-3, rank: 2, targets: ["query", "value"] });
  expect(err).toContain("left out, because dylora does so anyway or it changes nothing here: stage");
});

test.each([
  ["lr: 1\nlr: 2\n", /is not YAML: Map keys must be unique/],
  ["- lr\n", /must hold options by name/],
  ["learnin_rate: 1\n", /no option "learnin_rate"/],
  ["a: &a [1]\nb: [*c]\n", /is not YAML: Unresolved alias/],
])("a YAML file that is wrong is refused: %j", async (content, message) => {
  const file = sample.out(`wrong-${count++}.yaml`);
  await writeFile(file, content);
  const { code, err } = await runCli(["train", "--config", file]);
  expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  expect(err.trim().split("\n")).toHaveLength(1);
});

test("flags that other tools have beside ours: what they mean is done, what changes nothing is said, the rest is refused", async () => {
  const out = sample.out("flags-of-others");
  const args = ["train", "--model_name_or_path", sample.model, "--task_name", sample.task, "--max_steps", "2"];
  const more = ["--output_dir", out, "--do_train", "--logging_steps", "1", "--load_best_model_at_end", "False"];
  const { code, err } = await runCli([...args, ...more, "--json"]);
  expect(code).toBe(0);
  expect(err).toContain(
    "flags: left out, because dylora does so anyway or it changes nothing here: do_train, logging_steps",
  );
  const { settings } = JSON.parse(await readFile(join(out, "run.json"), "utf8"));
  expect(settings).toMatchObject({ steps: 2, keep: "last" });
  expectRefused(
    await runCli([...args, ...more, "--bf16", "True"]),
    /"bf16" is true, which dylora does not do; --backend native:bfloat16/,
  );
  expectRefused(
    await runCli([...args, ...more, "--eval_strategy", "epoch"]),
    /"eval_strategy" is "epoch", which dylora does not do; give --eval-every and --checkpoint-every in steps/,
  );
  expectRefused(
    await runCli([...args, ...more, "--keep", "best"]),
    /--keep is given twice, once by a flag of another tool/,
  );
});

test("--resume-from-checkpoint with the folder of a run goes on with it, longer", async () => {
  const out = sample.out("resumed-as-elsewhere");
  const args = [
    "--model_name_or_path",
    sample.model,
    "--task_name",
    sample.task,
    "--max_steps",
    "2",
    "--output_dir",
    out,
  ];
  expect((await runCli(["train", ...args])).code).toBe(0);
  for (const [steps, more] of [
    [3, [join(out, "checkpoint")]],
    [4, [out, "--output_dir", out]],
  ] as const) {
    const resumed = await runCli([
      "train",
      "--resume_from_checkpoint",
      ...more,
      "--max_steps",
      String(steps),
      "--json",
    ]);
    expect([resumed.code, resumed.json()]).toMatchObject([0, { run: out, step: steps }]);
  }
  expectRefused(
    await runCli(["train", "--resume_from_checkpoint", out, "--output_dir", sample.out("another")]),
    /--out is given twice/,
  );
});
