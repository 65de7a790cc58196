import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { lockFolder } from "@dylora/io/node";
import type { ListedRun, RunList } from "@dylora/report";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectRefused } from "../fixtures/expect-refused.ts";
import { runCli } from "../fixtures/run-cli.ts";
import { makeTinySample, type TinySample } from "../fixtures/tiny-sample.ts";

let sample: TinySample;
let root: string;
const listed = async (...args: string[]): Promise<RunList> => {
  const { json, err } = await runCli(["runs", root, "--json", ...args]);
  expect(err).toBe("");
  return json<RunList & Record<string, unknown>>();
};
const runNamed = ({ runs }: RunList, name: string): ListedRun => {
  const found = runs.find((run) => run.name === name);
  if (found === undefined) throw new Error(`${name} is not listed`);
  return found;
};

beforeAll(async () => {
  sample = await makeTinySample();
  root = sample.out("");
  const train = (name: string, ...more: string[]) =>
    runCli([
      ...["train", "--base", sample.model, "--task", sample.task, "--out", join(root, name), "--batch-size", "8"],
      ...["--rank", "2", ...more],
    ]);
  await train("fine", "--steps", "6", "--eval-every", "3", "--eval-ranks", "1,2");
  await train("sub/swept", "--steps", "4", "--lr", "1e-2");
  await runCli(["sweep", join(root, "sub/swept"), "--resamples", "20"]);
  await train("broken-down", "--steps", "40", "--lr", "1e30", "--schedule", "constant");
  await cp(join(root, "sub/swept"), join(root, "lengthened"), { recursive: true });
  await runCli(["train", "--resume", "--out", join(root, "lengthened"), "--steps", "5", "--lr", "1e-3"]);
  await cp(join(root, "fine"), join(root, "half"), { recursive: true });
  await writeFile(join(root, "half", "run.json"), '{"format":"dylora-run",');
  await mkdir(join(root, "foreign"));
  await writeFile(join(root, "foreign", "run.json"), '{"name":"of another program"}');
  await mkdir(join(root, "data"));
  const options = ["--rank", "2", "--ranks", "1,2", "--steps", "3", "--batch-size", "8", "--resamples", "20"];
  const common = ["--base", sample.model, "--task", sample.task, "--out", join(root, "compared")];
  await runCli(["compare", ...common, ...options]);
}, 120_000);
afterAll(() => sample.remove());

test("every run below a folder with its state, steps, metrics and what was kept; nothing else", async () => {
  const list = await listed();
  expect(list.runs.map(({ name, kind, state, step, steps }) => [name, kind, state, step, steps])).toEqual([
    ["broken-down", "run", "diverged", expect.any(Number), 40],
    ["compared/dylora-rank-2-seed-0", "part", "finished", 3, 3],
    ["compared/lora-rank-1-seed-0", "part", "finished", 3, 3],
    ["compared/lora-rank-2-seed-0", "part", "finished", 3, 3],
    ["fine", "run", "finished", 6, 6],
    ["lengthened", "run", "finished", 5, 5],
    ["sub/swept", "run", "finished", 4, 4],
  ]);
  const fine = runNamed(list, "fine");
  const record = JSON.parse(await readFile(join(root, "fine", "run.json"), "utf8"));
  expect(fine.kept).toEqual({ adapter: "best", step: record.ended.best.step });
  expect(fine.metrics.map(({ rank, from }) => [rank, from])).toEqual([
    [1, "evaluation"],
    [2, "evaluation"],
  ]);
  expect(fine.metrics.at(-1)?.metric).toBe(record.ended.best.metric);
  expect(fine.metric).toEqual({ name: "accuracy", higherIsBetter: true });
  expect(fine.seconds).toBeGreaterThan(0);

  const sweep = JSON.parse(await readFile(join(root, "sub/swept/sweep.json"), "utf8"));
  const points = sweep.curves[0].points as { rank: number; metric: number }[];
  expect(runNamed(list, "sub/swept").metrics).toEqual(
    points.map(({ rank, metric }) => ({ rank, metric, from: "sweep" })),
  );
  expect(runNamed(list, "sub/swept").recommended).toBe(sweep.recommendation?.rank);
  const compared = JSON.parse(await readFile(join(root, "compared/compare.json"), "utf8"));
  expect(runNamed(list, "compared/dylora-rank-2-seed-0").metrics.map(({ metric }) => metric)).toEqual(
    compared.curves[0].points.map(({ metric }: { metric: number }) => metric),
  );
  expect(runNamed(list, "compared/lora-rank-1-seed-0").settings).toMatchObject({ rank: 1, distribution: "fixed:1" });
});

test("a sweep from before a run was lengthened says nothing of it, and what was changed is told", async () => {
  const run = runNamed(await listed(), "lengthened");
  expect(run.metrics).toEqual([]);
  expect(run.settings).toMatchObject({ lr: 1e-3 });
  expect(run.changes).toEqual([
    { name: "steps", before: 4, until: 4 },
    { name: "lr", before: 1e-2, until: 4 },
  ]);
});

test("what cannot be read is said and left out, and so is what is no run", async () => {
  const { broken, others, differing } = await listed();
  expect(broken.map(({ name }) => name)).toEqual(["foreign", "half"]);
  expect(broken[0]?.message).toContain("format");
  expect(others).toEqual(["data"]);
  expect(differing).toContain("lr");
  expect(differing).not.toContain("batchSize");
  const { out, code } = await runCli(["runs", root]);
  expect(code).toBe(0);
  expect(out).toContain("2 runs cannot be read and are left out:");
  expect(out).toContain("1 folder holds no run: data.");
});

test("the best first, by the metric, at a rank, or by a setting; runs without one last", async () => {
  for (const [key, rank] of [
    ["metric", undefined],
    ["rank1", 1],
  ] as const) {
    const { runs } = await listed("--sort", key);
    const values = runs.map(({ metrics }) => {
      const found = rank === undefined ? metrics.at(-1) : metrics.find((one) => one.rank === rank);
      return found?.metric ?? Number.NEGATIVE_INFINITY;
    });
    expect(values).toEqual([...values].sort((a, b) => b - a));
    expect(values).toContain(Number.NEGATIVE_INFINITY);
  }
  const rates = (await listed("--sort", "lr")).runs.map(({ settings }) => settings["lr"]);
  expect(rates).toEqual([...rates].sort((a, b) => Number(a) - Number(b)));
});

test("one that goes on is running; where nobody has the folder, it was interrupted", async () => {
  const dir = join(root, "going");
  await cp(join(root, "fine"), dir, { recursive: true });
  const { ended: _, ...record } = JSON.parse(await readFile(join(dir, "run.json"), "utf8"));
  await writeFile(join(dir, "run.json"), JSON.stringify(record));
  const lock = await lockFolder(dir);
  const during = runNamed(await listed(), "going");
  await lock.release();
  expect(during.state).toBe(lock.supported ? "running" : "interrupted");
  expect(during.kept).toBeUndefined();
  expect(runNamed(await listed(), "going").state).toBe("interrupted");
});

test("--html writes a page; nothing is written into the runs", async () => {
  const before = await readdir(join(root, "fine"));
  const page = join(sample.dir, "runs.html");
  const { out } = await runCli(["runs", root, "--html", page]);
  expect(out).toContain(`written: ${page}`);
  const text = await readFile(page, "utf8");
  expect(text).toContain("compared/lora-rank-1-seed-0");
  expect(text).not.toContain(sample.model);
  expect(await readdir(join(root, "fine"))).toEqual(before);
});

test("a folder that is not there, a file, and an order that does not exist are refused", async () => {
  expectRefused(await runCli(["runs", join(root, "nowhere")]), /nowhere does not exist/);
  expectRefused(await runCli(["runs", sample.task]), /task.json is no folder/);
  expectRefused(await runCli(["runs", root, "--sort", "speed"]), /--sort is speed; it must be name, state/);
});
