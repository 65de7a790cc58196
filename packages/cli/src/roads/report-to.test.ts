import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type EvaluatedRanks, readEventLog, runPaths } from "@dylora/finetune";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectRefused } from "../fixtures/expect-refused.ts";
import { runCli } from "../fixtures/run-cli.ts";
import { makeTinySample, type TinySample } from "../fixtures/tiny-sample.ts";

let sample: TinySample;
beforeAll(async () => {
  sample = await makeTinySample();
});
afterAll(() => sample.remove());

const train = (out: string, ...args: string[]) => {
  const options = [
    "--rank",
    "2",
    "--batch-size",
    "8",
    "--eval-every",
    "3",
    "--eval-ranks",
    "1,2",
    "--checkpoint-every",
    "2",
  ];
  return runCli(["train", "--base", sample.model, "--task", sample.task, "--out", out, ...options, ...args]);
};

const rowsOf = async (out: string): Promise<string[][]> => {
  const lines = (await readFile(runPaths(out).csv, "utf8")).trimEnd().split("\r\n");
  return lines.map((line) => line.split(","));
};
const eventFilesOf = (out: string) => readdir(runPaths(out).tensorboard);

test("a run is written down as it goes on, and again when it is lengthened", async () => {
  const out = sample.out("reported");
  const first = await train(out, "--steps", "4", "--report-to", "tensorboard,csv");
  expect(first.err).not.toContain("dylora:");
  expect(
    (await rowsOf(out)).slice(1).map(([, event, step, rank]) => [event, step, event === "step" ? "" : rank]),
  ).toEqual([
    ["step", "1", ""],
    ["step", "2", ""],
    ["step", "3", ""],
    ["evaluation", "3", "1"],
    ["evaluation", "3", "2"],
    ["step", "4", ""],
    ["evaluation", "4", "1"],
    ["evaluation", "4", "2"],
  ]);
  const [file, ...others] = await eventFilesOf(out);
  expect(others).toEqual([]);
  const bytes = await readFile(join(runPaths(out).tensorboard, String(file)), "latin1");
  for (const tag of ["train/loss", "train/samples_per_second", "eval/accuracy/rank_2", "_hparams_/session_end_info"]) {
    expect(bytes).toContain(tag);
  }
  // The folder above the model is nobody's business.
  expect(bytes).not.toContain(sample.dir);

  const more = await runCli(["train", "--out", out, "--resume", "--steps", "6"]);
  expect(more.code).toBe(0);
  const { steps, evaluations } = readEventLog(runPaths(out).events);
  expect(await rowsOf(out)).toHaveLength(1 + steps.length + evaluations.length);
  expect(steps).toHaveLength(6);
  expect(await eventFilesOf(out)).toHaveLength(2);
  // Nothing more happens, and nothing is added.
  await runCli(["train", "--out", out, "--resume"]);
  expect(await eventFilesOf(out)).toHaveLength(2);
});

test("what was not asked for is not written, and can be asked for afterwards", async () => {
  const out = sample.out("later");
  await train(out, "--steps", "3", "--report-to", "none");
  expect(existsSync(runPaths(out).csv) || existsSync(runPaths(out).tensorboard)).toBe(false);
  await runCli(["train", "--out", out, "--resume", "--report-to", "csv,tensorboard"]);
  expect((await rowsOf(out)).map(([, event]) => event)).toEqual([
    "event",
    "step",
    "step",
    "step",
    "evaluation",
    "evaluation",
  ]);
  const [file] = await eventFilesOf(out);
  expect(await readFile(join(runPaths(out).tensorboard, String(file)), "latin1")).toContain("eval/accuracy/rank_1");
});

test("--overwrite removes reports of ours, and nothing else that lies beside them", async () => {
  const out = sample.out("replaced");
  await train(out, "--steps", "1", "--report-to", "tensorboard,csv");
  const before = await eventFilesOf(out);
  const foreign = join(runPaths(out).tensorboard, "events.out.tfevents.1700000000.somebody");
  await writeFile(foreign, "theirs");
  await train(out, "--steps", "1", "--overwrite");
  expect(await eventFilesOf(out)).toEqual(["events.out.tfevents.1700000000.somebody"]);
  expect(before).toHaveLength(1);
  expect(existsSync(runPaths(out).csv)).toBe(false);
});

test("an unknown program is refused before any work", async () => {
  const out = sample.out("refused");
  expectRefused(
    await train(out, "--report-to", "wandb"),
    /--report-to is wandb; it must be a list, each entry one of tensorboard, csv, none/,
  );
  expectRefused(await train(out, "--report-to", "none,csv"), /--report-to is none,csv; it must be none alone/);
  expect(existsSync(out)).toBe(false);
});

test("train --json says the metric of each rank, of the last evaluation and of the best", async () => {
  const { json } = await train(sample.out("json"), "--steps", "6", "--json");
  const result = json<{
    metric: string;
    best: { step: number; metric: number };
    evaluations: { last: EvaluatedRanks; best: EvaluatedRanks };
  }>();
  expect(result.metric).toBe("accuracy");
  const { evaluations } = readEventLog(runPaths(sample.out("json")).events);
  const at = (step: number) => evaluations.filter((event) => event.step === step);
  for (const { step, ranks } of [result.evaluations.last, result.evaluations.best]) {
    expect(ranks).toEqual(at(step).map(({ rank, metric, loss }) => ({ rank, metric, loss })));
    expect(ranks.map(({ rank }) => rank)).toEqual([1, 2]);
  }
  expect(result.evaluations.last.step).toBe(6);
  expect(result.evaluations.best).toMatchObject({ step: result.best.step });
  expect(result.evaluations.best.ranks[1]?.metric).toBe(result.best.metric);
});

test("compare writes each part down, with what was measured of it, and --overwrite removes all of it", async () => {
  const out = sample.out("compared");
  const options = ["--rank", "2", "--ranks", "1,2", "--steps", "3", "--batch-size", "8", "--resamples", "20"];
  const compare = (...more: string[]) =>
    runCli(["compare", "--base", sample.model, "--task", sample.task, "--out", out, ...options, ...more]);
  expect((await compare("--report-to", "tensorboard,csv")).code).toBe(0);
  const names = ["dylora-rank-2-seed-0", "lora-rank-1-seed-0", "lora-rank-2-seed-0"];
  const { tensorboard, parts } = runPaths(out);
  expect(await readdir(tensorboard)).toEqual(names);
  for (const name of names) {
    const lines = (await readFile(join(parts, `${name}.csv`), "utf8")).trimEnd().split("\r\n");
    const rows = lines.slice(1).map((line) => line.split(","));
    const part = JSON.parse(await readFile(join(parts, `${name}.json`), "utf8"));
    const measured = (part.points as { rank: number; metric: number }[]).map(({ rank, metric }) => [
      ...["evaluation", "3", String(rank), String(metric)],
    ]);
    expect(rows.filter(([, event]) => event === "step")).toHaveLength(3);
    expect(
      rows.flatMap(([, event, step, rank, , , value]) => (event === "step" ? [] : [[event, step, rank, value]])),
    ).toEqual(measured);
    const [file, ...others] = await readdir(join(tensorboard, name));
    expect(others).toEqual([]);
    const bytes = await readFile(join(tensorboard, name, String(file)), "latin1");
    expect(bytes).toContain("eval/accuracy/rank_1");
    expect(bytes).toContain("_hparams_/session_end_info");
  }
  expect((await compare("--overwrite")).code).toBe(0);
  expect(existsSync(tensorboard)).toBe(false);
  expect((await readdir(parts)).sort()).toEqual(names.map((name) => `${name}.json`));
});

test("a comparison that was stopped in its first part can be replaced, though it has left reports alone", async () => {
  const out = sample.out("stopped");
  const dir = join(runPaths(out).tensorboard, "dylora-rank-2-seed-0");
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, "events.out.tfevents.1700000000.dylora"), "");
  expect((await train(out, "--steps", "1")).code).toBe(2);
  expect((await train(out, "--steps", "1", "--overwrite")).code).toBe(0);
  expect(existsSync(runPaths(out).tensorboard)).toBe(false);
});
