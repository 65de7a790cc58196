import { existsSync, readdirSync, readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseSweepFile } from "@dylora/report";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "../fixtures/run-cli.ts";
import { makeTinySample, type TinySample } from "../fixtures/tiny-sample.ts";

let sample: TinySample;
let run: string;
beforeAll(async () => {
  sample = await makeTinySample();
  run = sample.out("run");
  const usual = ["--base", sample.model, "--task", sample.task, "--out", run, "--batch-size", "8", "--rank", "16"];
  await runCli(["train", ...usual, "--steps", "6", "--lr", "1e-2"]);
}, 60_000);
afterAll(() => sample.remove());

const sweep = ["--eval-batch-size", "2", "--resamples", "20"];
const kept = (): string[] => (existsSync(join(run, "sweep-ranks")) ? readdirSync(join(run, "sweep-ranks")) : []);
const numbers = () => {
  const { curves, recommendation } = parseSweepFile(readFileSync(join(run, "sweep.json"), "utf8"), "sweep.json");
  const points = curves[0]?.points.map(({ seconds: _, ...point }) => point);
  return { points, recommendation };
};

test("Ctrl-C keeps the ranks that are done; the same command goes on to the same numbers", async () => {
  await runCli(["sweep", run, ...sweep]);
  expect(kept()).toEqual([]);
  const whole = numbers();

  const controller = new AbortController();
  const watch = setInterval(() => {
    if (kept().length >= 2) controller.abort();
  }, 1);
  const stopped = await runCli(["sweep", run, ...sweep], { signal: controller.signal });
  clearInterval(watch);
  expect(stopped.code).toBe(130);
  const command = `dylora sweep --backend wasm ${run} ${sweep.join(" ")}`;
  expect(stopped.err).toContain(`are done and kept. Go on with: ${command}`);
  const done = kept();
  expect(done.length).toBeGreaterThanOrEqual(2);
  expect(done.length).toBeLessThan(16);

  // One of them is damaged, one is of another sweep: both are measured again.
  await writeFile(join(run, "sweep-ranks", done[0] as string), '{"format": "dylora-measured"');
  const other = JSON.parse(await readFile(join(run, "sweep-ranks", done[1] as string), "utf8"));
  other.of.step = 1;
  await writeFile(join(run, "sweep-ranks", done[1] as string), JSON.stringify(other));
  const again = await runCli(["sweep", run, ...sweep]);
  expect(again.code).toBe(0);
  expect(again.err.match(/measured before/g) ?? []).toHaveLength(done.length - 2);
  expect(numbers()).toEqual(whole);
  expect(existsSync(join(run, "sweep-ranks"))).toBe(false);
});

test("results do not land in a run that took the place of the one swept", async () => {
  const path = join(run, "run.json");
  const record = await readFile(path, "utf8");
  const before = await readFile(join(run, "sweep.json"), "utf8");
  const watch = setInterval(() => {
    if (kept().length === 0) return;
    clearInterval(watch);
    void writeFile(path, record.replace(/"created": "[^"]+"/, '"created": "2027-01-01T00:00:00.000Z"'));
  }, 1);
  const { code, err } = await runCli(["sweep", run, ...sweep]);
  clearInterval(watch);
  expect(code).toBe(2);
  expect(err).toContain("was replaced by another run while it was swept");
  expect(await readFile(join(run, "sweep.json"), "utf8")).toBe(before);
});
