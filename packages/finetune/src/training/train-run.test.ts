import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isFolderLocked } from "@dylora/io/node";
import { activeBackend } from "@dylora/tensor";
import type { TrainEvent } from "@dylora/trainer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TrainingSettings, trainingSettingsIn } from "../settings/training-settings.ts";
import { type FinishedRun, trainRun } from "./train-run.ts";

const sample = fileURLToPath(new URL("../../../../examples/quickstart", import.meta.url));
const rowsOf = (count: number): string =>
  `${Array.from({ length: count }, (_, row) => `${row % 2 ? "good" : "bad"} food, visit ${row}\t${row % 2 ? "up" : "down"}`).join("\n")}\n`;
let dir: string;
let settings: TrainingSettings;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "dylora-train-"));
  const task = join(dir, "task.json");
  await writeFile(join(dir, "train.tsv"), `text\tmood\n${rowsOf(24)}`);
  await writeFile(join(dir, "dev.tsv"), `text\tmood\n${rowsOf(8)}`);
  const columns = { textColumns: ["text"], labelColumn: "mood", labels: ["down", "up"], metrics: ["accuracy"] };
  const splits = { train: "train.tsv", validation: "dev.tsv" };
  await writeFile(task, JSON.stringify({ name: "mood", kind: "classification", ...columns, splits }));
  const size = { rank: 4, steps: 3, batchSize: 8, evalEvery: 2 };
  const base = join(sample, "model");
  settings = trainingSettingsIn({ base, task, backend: "wasm", ...size, lr: 5e-3, seed: 11, loraDropout: 0.1 });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Every parameter of a run that is open, bit for bit. */
const parametersOf = ({ adapted }: FinishedRun) => adapted.adapter.parameters.values.slice();

test("a run in memory equals one in a folder, bit for bit, and the folder is held until it is closed", async () => {
  const out = join(dir, "run");
  const kept = await trainRun({ settings, out });
  const inFolder = parametersOf(kept);
  const ended = JSON.parse(await readFile(join(out, "run.json"), "utf8")).ended;
  expect(ended).toMatchObject({ step: 3, reason: "done" });
  expect(await isFolderLocked(out)).toBe(true);
  await expect(trainRun({ settings, out, overwrite: true })).rejects.toMatchObject({ code: "folder_in_use" });
  await kept.close();
  expect(await isFolderLocked(out)).toBe(false);

  const events: TrainEvent[] = [];
  let begun = 0;
  const run = await trainRun({ settings, onBegin: () => begun++, onEvent: (event) => void events.push(event) });
  expect(parametersOf(run)).toEqual(inFolder);
  expect(run.dir).toBeUndefined();
  expect(begun).toBe(1);
  expect(events.map(({ type }) => type)).toEqual(["start", "step", "step", "evaluation", "step", "evaluation", "end"]);
  const measured = ({ log }: FinishedRun) => ({
    losses: log.steps.map(({ loss, rank }) => [loss, rank]),
    metrics: log.evaluations.map(({ metric, rank }) => [metric, rank]),
    reason: log.reason,
  });
  expect(measured(run)).toEqual(measured(kept));
  const { created: _, ...record } = run.record;
  expect(record).toMatchObject({ settings: kept.record.settings, task: kept.record.task, base: kept.record.base });
  await run.close();
  await run.close();
  expect(activeBackend()).toBeUndefined();
});

test("a run that was stopped goes on to the same parameters", async () => {
  const whole = await trainRun({ settings });
  const expected = parametersOf(whole);
  await whole.close();

  const out = join(dir, "stopped");
  const stop = new AbortController();
  const onEvent = (event: TrainEvent) => {
    if (event.type === "step" && event.step === 1) stop.abort(new Error("enough"));
  };
  const stopped = trainRun({ settings, out, onEvent }, { signal: stop.signal });
  await expect(stopped).rejects.toMatchObject({ name: "InterruptedError", message: expect.stringContaining("saved") });
  expect(await isFolderLocked(out)).toBe(false);
  const resumed = await trainRun({ settings, out, resume: true });
  expect(resumed.resumedFrom).toBe(1);
  expect(parametersOf(resumed)).toEqual(expected);
  await resumed.close();
});

test("a run in memory that is stopped throws the signal's reason", async () => {
  const stop = new AbortController();
  const reason = new Error("enough");
  const onEvent = (event: TrainEvent) => void (event.type === "step" && stop.abort(reason));
  await expect(trainRun({ settings, onEvent }, { signal: stop.signal })).rejects.toBe(reason);
  expect(activeBackend()).toBeUndefined();
});

test("what is wrong is refused before any work, and leaves nothing behind", async () => {
  const out = join(dir, "refused");
  let begun = 0;
  const refused = async (request: object, code: string) => {
    const attempt = trainRun({ settings, ...request, onBegin: () => begun++ });
    await expect(attempt).rejects.toMatchObject({ code });
  };
  await refused({ resume: true }, "option_missing");
  await refused({ out, resume: true, overwrite: true }, "bad_option");
  await refused({ settings: { ...settings, task: undefined }, out }, "option_missing");
  await refused({ settings: { ...settings, backend: "abacus" }, out }, "unknown_backend");
  await refused({ out: sample }, "output_not_empty");
  expect([begun, existsSync(out), activeBackend()]).toEqual([0, false, undefined]);
});
