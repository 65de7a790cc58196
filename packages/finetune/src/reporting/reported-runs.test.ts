import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InterruptedError } from "@dylora/errors";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listRuns } from "../list/list-runs.ts";
import { readEventLog } from "../runs/event-log.ts";
import { runPaths } from "../runs/run-paths.ts";
import { finetune } from "../verbs/finetune.ts";
import { type Model, openModel } from "../verbs/open-model.ts";
import { openTask, type Task } from "../verbs/open-task.ts";
import { readEvents } from "./fixtures/read-event-file.ts";
import { tensorBoardReporter } from "./tensor-board-reporter.ts";

const sample = fileURLToPath(new URL("../../../../examples/quickstart", import.meta.url));
let dir: string;
let model: Model;
let task: Task;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "dylora-reported-"));
  model = await openModel(join(sample, "model"), { backend: "wasm" });
  task = await openTask(join(sample, "data", "task.json"));
});
afterAll(async () => {
  await model.close();
  await rm(dir, { recursive: true, force: true });
});

const eventsIn = async (folder: string) => {
  const names = (await readdir(folder)).sort();
  return (await Promise.all(names.map((name) => readFile(join(folder, name))))).flatMap((file) => readEvents(file));
};

test("a run that was stopped goes on in its reports, every step once and with the numbers of the log", async () => {
  const out = join(dir, "stopped");
  const controller = new AbortController();
  const options = { maxRank: 2, batchSize: 4, checkpointEvery: 2, out };
  const stopped = finetune(model, task, {
    ...options,
    steps: 6,
    reportTo: ["tensorboard", "csv"],
    signal: controller.signal,
    onEvent: (event) => void (event.type === "step" && event.step === 3 && controller.abort()),
  });
  await expect(stopped).rejects.toBeInstanceOf(InterruptedError);
  expect((await listRuns(dir)).runs).toMatchObject([
    { name: "stopped", state: "interrupted", steps: 6, kept: undefined },
  ]);

  const run = await finetune(model, task, { out, resume: true });
  await run.close();
  const { events, csv, tensorboard } = runPaths(out);
  const logged = readEventLog(events).steps;
  expect(logged.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
  const rows = parse<{ step: string; loss: string; examples: string }>(await readFile(csv), { columns: true });
  expect(rows.map(({ step, loss, examples }) => [Number(step), Number(loss), Number(examples)])).toEqual(
    logged.map(({ step, loss }) => [step, loss, 4]),
  );
  expect(await readdir(tensorboard)).toHaveLength(2);
  const shown = new Map<number, number>();
  let sessions = 0;
  for (const { step, starts, scalars } of await eventsIn(tensorboard)) {
    if (starts && sessions++ > 0) for (const before of shown.keys()) if (before >= step) shown.delete(before);
    const loss = scalars["train/loss"];
    if (loss === undefined) continue;
    expect(shown.has(step)).toBe(false);
    shown.set(step, loss);
  }
  expect([...shown]).toEqual(logged.map(({ step, loss }) => [step, Math.fround(loss)]));
  expect((await listRuns(dir, { sort: "metric" })).runs).toMatchObject([{ state: "finished", step: 6, metrics: [] }]);
});

test("a run in memory is written down by a reporter; settings that need a folder are refused", async () => {
  const board = await tensorBoardReporter(join(dir, "board"), { metric: "accuracy", hparams: { maxRank: 2 } });
  const run = await finetune(model, task, { maxRank: 2, steps: 2, batchSize: 4, onEvent: board.add });
  expect((await eventsIn(join(dir, "board"))).filter(({ scalars }) => "train/loss" in scalars)).toHaveLength(2);
  await run.close();
  await expect(finetune(model, task, { steps: 1, reportTo: ["csv"] })).rejects.toMatchObject({
    code: "option_missing",
  });
});
