import { existsSync, readdirSync, readFileSync } from "node:fs";
import { readFile, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readEventLog, readRunRecord } from "@dylora/finetune";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CliRun, runCli } from "../fixtures/run-cli.ts";
import { makeTinySample, type TinySample } from "../fixtures/tiny-sample.ts";

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

/** Steps of the log as they stand in it. */
const stepLines = (out: string): number[] =>
  readFileSync(join(out, "events.jsonl"), "utf8")
    .split("\n")
    .flatMap((line) => {
      const event = line === "" ? {} : JSON.parse(line);
      return event.type === "step" ? [event.step] : [];
    });

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

const stepOfCheckpoint = (out: string): number => {
  const { checkpoints } = JSON.parse(readFileSync(join(out, "checkpoint", "checkpoints.json"), "utf8"));
  return Number(/^step-(\d+)-/.exec(checkpoints[0].file)?.[1]);
};

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

  const before = (await readRunRecord(parts)).ended?.cpuSeconds ?? Number.NaN;
  const resumed = await runCli(["train", "--resume", "--out", parts, "--json"]);
  expect(resumed.code).toBe(0);
  expect(resumed.json()).toMatchObject({ run: parts, step: steps, reason: "done" });
  const { cpuSeconds } = resumed.json() as { cpuSeconds: number };
  expect((await readRunRecord(parts)).ended?.cpuSeconds).toBeCloseTo(before + cpuSeconds, 9);
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

test("what a run is cannot change, and the message says why; the rest may", async () => {
  const out = sample.out("own");
  await runCli(options(out, "--steps", "2"));
  for (const [changed, said] of [
    [
      ["--rank", "4"],
      "begun with --rank 8, not 4; that cannot change, since the parameters that were trained have that",
    ],
    [["--seed", "9"], "--seed 0, not 9"],
    [["--distribution", "uniform"], "--distribution"],
    [["--steps", "1"], "has taken 2 steps already"],
  ] as const) {
    const { code, err } = await runCli(["train", "--resume", "--out", out, ...changed]);
    expect(code).toBe(2);
    expect(err).toContain(said);
  }
  const same = await runCli(["train", "--resume", "--out", out, "--lr", "0.01", "--checkpoint-every", "1"]);
  expect(same.code).toBe(0);
  expect(same.out).toContain("had been done after 2 steps; --steps or --epochs lets it go on");
  const { settings, changes } = await readRunRecord(out);
  expect(settings).toMatchObject({ lr: 0.01, checkpointEvery: 1 });
  expect(changes).toMatchObject([{ step: 2, settings: { checkpointEvery: { before: 100, now: 1 } } }]);
});

test("a finished run can be lengthened: as one of that length from there on, and every step is logged once", async () => {
  const [whole, parts] = [sample.out("long"), sample.out("lengthened")];
  const constant = ["--schedule", "constant", "--eval-every", "4"];
  await runCli(options(whole, ...constant, "--steps", "12"));
  await runCli(options(parts, ...constant, "--steps", "4"));
  const longer = await runCli(["train", "--resume", "--out", parts, "--steps", "12"]);
  expect(longer.code).toBe(0);
  expect(longer.err).toContain("from step 4 on: --steps 4 becomes 12");
  expect(longer.err).not.toContain("the learning rate");
  expect(newestCheckpoint(parts)).toEqual(newestCheckpoint(whole));
  const [a, b] = [whole, parts].map((out) => {
    const { steps, evaluations } = readEventLog(join(out, "events.jsonl"));
    return [
      steps.map(({ step, loss }) => [step, loss]),
      evaluations.map(({ step, rank, metric }) => [step, rank, metric]),
    ];
  });
  expect(b).toEqual(a);
  expect(stepLines(parts)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
  expect((await readRunRecord(parts)).steps).toBe(12);
});

test("a schedule that falls is stretched, which is said", async () => {
  const out = sample.out("stretched");
  await runCli(options(out, "--steps", "4"));
  const { err } = await runCli(["train", "--resume", "--out", out, "--steps", "8"]);
  expect(err).toContain("the learning rate (linear) is 0.005 at the next step in place of 0, and falls to 0 at step 8");
  const rates = readEventLog(join(out, "events.jsonl")).steps.map(({ learningRate }) => learningRate);
  expect(rates.slice(4)).toEqual([4, 3, 2, 1].map((left) => (0.01 * left) / 8));
});

test("--epochs, another batch size and --accumulation go on at the same place in the data", async () => {
  const out = sample.out("batches");
  await runCli(options(out, "--steps", "3"));
  // 40 examples: 3 of 5 batches of 8 are 0.6 of a pass, so 1.4 passes of 10 batches of 4, by twos, are left: 7 steps.
  const args = ["train", "--resume", "--out", out, "--epochs", "2", "--batch-size", "4", "--accumulation", "2"];
  expect((await runCli(args)).code).toBe(0);
  const { steps, settings } = await readRunRecord(out);
  expect([steps, settings.steps, settings.epochs]).toEqual([10, undefined, 2]);
  expect(stepLines(out)).toHaveLength(10);
});

test("too high a learning rate: the last parameters of use are kept, and a lower one goes on from them", async () => {
  const out = sample.out("broken");
  const broken = await runCli(options(out, "--lr", "1e20", "--schedule", "constant", "--checkpoint-every", "1"));
  expect(broken.code).toBe(1);
  expect(broken.err).toMatch(/parameters are those after step \d+, which last led to an ordinary loss/);
  const lower = /Go on with a lower learning rate: dylora (train --resume --out \S+ --lr \S+)/.exec(broken.err)?.[1];
  expect(lower).toBeDefined();
  expect((await readRunRecord(out)).ended).toMatchObject({ reason: "failed" });
  const saved = stepOfCheckpoint(out);
  const { code, err } = await runCli(["train", "--resume", "--out", out, "--lr", "1e-3"]);
  expect(err).toContain("becomes 0.001");
  expect(code).toBe(0);
  expect(stepLines(out)).toEqual(Array.from({ length: steps }, (_, index) => index + 1));
  expect((await readRunRecord(out)).changes).toMatchObject([{ step: saved, settings: { lr: { now: 0.001 } } }]);
});

test("a run that stopped early goes on with more patience", async () => {
  const out = sample.out("patience");
  const watched = ["--eval-every", "1", "--early-stopping", "1", "--lr", "1e-8"];
  await runCli(options(out, ...watched));
  const stopped = stepsTaken(out);
  expect(stopped).toBe(2);
  const again = await runCli(["train", "--resume", "--out", out]);
  expect(again.out).toContain("had stopped early after 2 steps; --early-stopping with more patience lets it go on");
  const on = await runCli(["train", "--resume", "--out", out, "--early-stopping", "3"]);
  expect(on.code).toBe(0);
  expect(stepsTaken(out)).toBe(4);
});

test.skipIf(!existsSync("/dev/full"))(
  "a full disk under the event log: the steps are saved, and the message is clear",
  async () => {
    const [whole, out] = [sample.out("roomy"), sample.out("full")];
    const constant = ["--schedule", "constant"];
    await runCli(options(whole, ...constant, "--steps", "6"));
    await runCli(options(out, ...constant, "--steps", "3"));
    const events = join(out, "events.jsonl");
    await rename(events, join(out, "kept"));
    await symlink("/dev/full", events);
    const full = await runCli(["train", "--resume", "--out", out, "--steps", "6"]);
    expect(full.code).toBe(1);
    expect(full.err).toContain("events.jsonl cannot be written: the disk is full");
    expect(full.err).toMatch(/saved: the first \d of 6 steps\nGo on with: dylora train --resume --out/);
    await rename(join(out, "kept"), events);
    expect((await runCli(["train", "--resume", "--out", out])).code).toBe(0);
    expect(newestCheckpoint(out)).toEqual(newestCheckpoint(whole));
  },
);

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
