import { readdirSync } from "node:fs";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SweepFile } from "@dylora/report";
import { parseSweepFile, verdictSentence } from "@dylora/report";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "../fixtures/run-cli.ts";
import { makeTinySample, type TinySample } from "../fixtures/tiny-sample.ts";

let sample: TinySample;
beforeAll(async () => {
  sample = await makeTinySample();
});
afterAll(() => sample.remove());

const options = (out: string, ...more: string[]): string[] => [
  ...["compare", "--base", sample.model, "--task", sample.task, "--out", out, "--steps", "4", "--rank", "3"],
  ...["--lr", "1e-2", "--batch-size", "8", "--resamples", "20", ...more],
];

const read = async (out: string): Promise<SweepFile> =>
  parseSweepFile(await readFile(join(out, "compare.json"), "utf8"), "compare.json");

test("three curves over ranks and seeds, their cost, and files", async () => {
  const out = sample.out("seeds");
  const { code, out: text } = await runCli(options(out, "--ranks", "1,2", "--seeds", "0,1,2"));
  expect(code).toBe(0);
  expect(text).toContain("One DyLoRA run with its sweep took");
  const compared = await read(out);
  const { curves, cost, settings, verdict } = compared;
  expect(text).toContain(verdictSentence(compared));
  const [ours, lora1] = [curves[0]?.points[0], curves[1]?.points[0]];
  expect(verdict?.ranks[0]?.margin).toBeCloseTo((ours?.metric as number) - (lora1?.metric as number), 12);
  expect(verdict?.perSeed).toHaveLength(3);
  // A comparison keeps no adapter that a command could export.
  expect(compared.run).toBeUndefined();
  expect(text).not.toContain("dylora export");
  expect(curves.map(({ kind }) => kind)).toEqual(["dylora", "lora", "cut-lora"]);
  for (const { points } of curves) {
    expect(points.map(({ rank }) => rank)).toEqual([1, 2]);
    for (const { metric, perSeed = [], low, high } of points) {
      expect(perSeed).toHaveLength(3);
      const mean = perSeed.reduce<number>((sum, score) => sum + (score ?? 0), 0) / 3;
      expect(metric).toBeCloseTo(mean, 12);
      expect(low as number).toBeLessThanOrEqual(mean + 1e-12);
      expect(high as number).toBeGreaterThanOrEqual(mean - 1e-12);
    }
  }
  expect(settings["seed"]).toBe("0, 1, 2");
  // The LoRA of rank 3 is there to be cut; the search is over ranks 1 and 2.
  expect(
    readdirSync(join(out, "parts"))
      .filter((name) => name.endsWith("seed-1.json"))
      .sort(),
  ).toEqual([
    "dylora-rank-3-seed-1.json",
    "lora-rank-1-seed-1.json",
    "lora-rank-2-seed-1.json",
    "lora-rank-3-seed-1.json",
  ]);
  const [dylora, lora] = curves.map(({ trainSeconds, sweepSeconds }) => trainSeconds + sweepSeconds);
  expect(cost?.dylora).toBeCloseTo(dylora as number, 9);
  expect(cost?.search).toBeCloseTo(lora as number, 9);
  expect(await readFile(join(out, "compare.svg"), "utf8")).toContain("<svg");
  expect(await readFile(join(out, "report.html"), "utf8")).toContain("<html");
});

test("the curves meet where they are the same run: the highest rank of LoRA, cut to itself", async () => {
  const out = sample.out("meet");
  expect((await runCli(options(out))).code).toBe(0);
  const [, lora, cut] = (await read(out)).curves;
  expect(lora?.points[2]?.metric).toBe(cut?.points[2]?.metric);
  expect(lora?.points[2]?.loss).toBe(cut?.points[2]?.loss);
  expect(lora?.points[0]?.loss).not.toBe(cut?.points[0]?.loss);
});

test("DyLoRA that draws one rank is the LoRA of that rank, so start and data order are shared", async () => {
  const out = sample.out("same");
  expect((await runCli(options(out, "--distribution", "fixed:3", "--ranks", "3"))).code).toBe(0);
  const { curves } = await read(out);
  const losses = curves.map(({ points }) => points[0]?.loss);
  expect(losses[1]).toBe(losses[0]);
  expect(losses[2]).toBe(losses[0]);
});

test("--resume runs only what is missing, and refuses other settings", async () => {
  const out = sample.out("resumed");
  await runCli(options(out));
  const parts = join(out, "parts");
  const kept = join(parts, "lora-rank-1-seed-0.json");
  const before = (await stat(kept)).mtimeMs;
  const [whole, missing] = [await read(out), join(parts, "lora-rank-2-seed-0.json")];
  await rm(missing);
  const { code, err } = await runCli(options(out, "--resume"));
  expect(code).toBe(0);
  expect(err).toContain("2/4 LoRA rank 1, seed 0: done before");
  expect(err).not.toContain("3/4 LoRA rank 2, seed 0: done before");
  expect((await stat(kept)).mtimeMs).toBe(before);
  const losses = (sweep: SweepFile) => sweep.curves.map(({ points }) => points.map(({ loss }) => loss));
  expect(losses(await read(out))).toEqual(losses(whole));

  const other = await runCli(options(out, "--resume", "--alpha", "8"));
  expect(other.code).toBe(2);
  expect(other.err).toContain("was made with other settings");
  await writeFile(missing, "{}");
  const damaged = await runCli(options(out, "--resume"));
  expect(damaged.code).toBe(2);
  expect(damaged.err).toContain("remove it to run it again");
});

test("Ctrl-C keeps the finished parts and says how to go on", async () => {
  const out = sample.out("stopped");
  const controller = new AbortController();
  const watch = setInterval(() => {
    if (entriesOf(join(out, "parts")).length >= 2) controller.abort();
  }, 2);
  const { code, err } = await runCli(options(out, "--steps", "30"), { signal: controller.signal });
  clearInterval(watch);
  expect(code).toBe(130);
  expect(err).toMatch(/finished parts are kept in .*parts.*--resume/);
  const finished = readdirSync(join(out, "parts")).length;
  const again = await runCli(options(out, "--steps", "30", "--resume"));
  expect(again.code).toBe(0);
  expect(again.err.match(/done before/g)).toHaveLength(finished);
});

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
