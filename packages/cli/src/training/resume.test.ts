import { readdirSync, readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CliRun, runCli } from "../fixtures/run-cli.ts";
import { makeTinySample, type TinySample } from "../fixtures/tiny-sample.ts";
import { readEventLog } from "../run/event-log.ts";

const steps = 40;
let sample: TinySample;
beforeAll(async () => {
  sample = await makeTinySample();
});
afterAll(() => sample.remove());

const options = (out: string, ...more: string[]): string[] => [
  ...["train", "--base", sample.model, "--task", sample.task, "--out", out, "--steps", String(steps), "--lr", "1e-2"],
  ...["--batch-size", "8", "--lora-dropout", "0.1", "--distribution", "geometric:p=0.3", "--clip-norm", "1", ...more],
];

const stepsTaken = (out: string): number => readEventLog(join(out, "events.jsonl")).steps.at(-1)?.step ?? 0;

/** Starts training and stops it, as Ctrl-C does, when it has taken some steps. */
async function interrupted(args: string[], out: string, after: number): Promise<CliRun> {
  const controller = new AbortController();
  const watch = setInterval(() => {
    if (stepsTaken(out) >= after) controller.abort();
  }, 2);
  try {
    return await runCli(args, { signal: controller.signal });
  } finally {
    clearInterval(watch);
  }
}

/** Name and bytes of the newest checkpoint. */
function newestCheckpoint(out: string): { file: string; bytes: Buffer } {
  const folder = join(out, "checkpoint");
  const file = readdirSync(folder)
    .filter((name) => name.endsWith(".safetensors"))
    .sort()
    .at(-1) as string;
  return { file, bytes: readFileSync(join(folder, file)) };
}

test("a run that was stopped and resumed ends with the bytes of one that was not", async () => {
  const [whole, parts] = [sample.out("whole"), sample.out("parts")];
  expect((await runCli(options(whole))).code).toBe(0);

  const stopped = await interrupted(options(parts), parts, 5);
  expect(stopped.code).toBe(130);
  expect(stopped.err).toContain(`Resume with: dylora train --resume --out ${parts}`);
  const taken = stepsTaken(parts);
  expect(taken).toBeGreaterThanOrEqual(5);
  expect(taken).toBeLessThan(steps);
  expect(newestCheckpoint(parts).file).toContain(`step-${String(taken).padStart(10, "0")}`);

  const resumed = await runCli(["train", "--resume", "--out", parts, "--json"]);
  expect(resumed.code).toBe(0);
  expect(resumed.json()).toMatchObject({ run: parts, step: steps, reason: "done" });
  const [a, b] = [newestCheckpoint(whole), newestCheckpoint(parts)];
  expect(b.file).toBe(a.file);
  expect(b.bytes.equals(a.bytes)).toBe(true);
  const ranks = [whole, parts].map((out) => readEventLog(join(out, "events.jsonl")).steps.map(({ rank }) => rank));
  expect(ranks[1]).toEqual(ranks[0]);
});

test("a run that is done is not trained again", async () => {
  const out = sample.out("done");
  await runCli(options(out, "--steps", "3"));
  const before = newestCheckpoint(out);
  const again = await runCli(["train", "--resume", "--out", out]);
  expect(again.code).toBe(0);
  expect(newestCheckpoint(out).bytes.equals(before.bytes)).toBe(true);
});

test("a run goes on with its own settings", async () => {
  const out = sample.out("own");
  await runCli(options(out, "--steps", "2"));
  const differing = await runCli(["train", "--resume", "--out", out, "--lr", "0.5"]);
  expect(differing.code).toBe(2);
  expect(differing.err).toContain("--lr 0.01, not 0.5");
  const same = await runCli(["train", "--resume", "--out", out, "--lr", "0.01", "--checkpoint-every", "1"]);
  expect(same.code).toBe(0);
});

test("--overwrite begins anew and leaves the files of others alone", async () => {
  const out = sample.out("over");
  await runCli(options(out, "--steps", "4"));
  await writeFile(join(out, "notes.txt"), "mine");
  const refused = await runCli(options(out, "--steps", "2"));
  expect(refused.code).toBe(2);
  expect(refused.err).toContain("--overwrite");
  const replaced = await runCli(options(out, "--steps", "2", "--overwrite"));
  expect(replaced.code).toBe(0);
  expect(stepsTaken(out)).toBe(2);
  expect(readdirSync(join(out, "checkpoint")).filter((name) => name.startsWith("step-"))).toHaveLength(1);
  expect(await readFile(join(out, "notes.txt"), "utf8")).toBe("mine");
});

test("evaluation on the way, early stopping and a config file", async () => {
  const out = sample.out("watched");
  const config = join(sample.dir, "config.json");
  await writeFile(config, JSON.stringify({ evalEvery: 2, evalRanks: [1, 8], earlyStopping: 1, lr: 1e-8 }));
  const { code, err } = await runCli([
    ...options(out).filter((word) => word !== "--lr" && word !== "1e-2"),
    "--config",
    config,
  ]);
  expect(err).not.toContain("dylora:");
  expect(code).toBe(0);
  const { evaluations } = readEventLog(join(out, "events.jsonl"));
  expect(evaluations.map(({ step, rank }) => [step, rank])).toEqual([
    [2, 1],
    [2, 8],
    [4, 1],
    [4, 8],
  ]);
  expect(stepsTaken(out)).toBe(4);
});
