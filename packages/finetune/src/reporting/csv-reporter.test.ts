import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TrainEvent } from "@dylora/trainer";
import { parse } from "csv-parse/sync";
import { afterEach, beforeEach, expect, test } from "vitest";
import { csvReporter } from "./csv-reporter.ts";

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "dylora-csv-"));
  path = join(dir, "metrics.csv");
});
afterEach(() => rm(dir, { recursive: true }));

const step = (number: number): TrainEvent => ({
  ...{ type: "step", step: number, rank: 2, loss: 1e-7 / number, learningRate: 5e-4 },
  ...{ gradientNorm: Number.NaN, tokens: 64, examples: 8, seconds: 0.25 },
});
const evaluation: TrainEvent = { type: "evaluation", step: 2, rank: 8, metric: 0.75, loss: undefined };
const events: readonly TrainEvent[] = [
  { type: "start", step: 0, steps: 2 },
  step(1),
  step(2),
  evaluation,
  { type: "checkpoint", step: 2 },
  { type: "end", step: 2, reason: "done" },
];
const time = new Date("2026-01-02T03:04:05.678Z");
const header = "time,event,step,rank,loss,metric,value,learning_rate,grad_norm,tokens,examples,seconds";

test("a row for each step and each evaluation, in columns that never change", async () => {
  const table = await csvReporter(path, { metric: 'odd, "name"' });
  for (const event of events) table.add(event, time);
  expect(await readFile(path, "utf8")).toBe(
    [
      header,
      "2026-01-02T03:04:05.678Z,step,1,2,1e-7,,,0.0005,NaN,64,8,0.25",
      "2026-01-02T03:04:05.678Z,step,2,2,5e-8,,,0.0005,NaN,64,8,0.25",
      '2026-01-02T03:04:05.678Z,evaluation,2,8,,"odd, ""name""",0.75,,,,,',
      "",
    ].join("\r\n"),
  );
  const rows = parse<Record<string, string>>(await readFile(path), { columns: true });
  expect(rows.map(({ metric, value }) => [metric, value])).toEqual([
    ["", ""],
    ["", ""],
    ['odd, "name"', "0.75"],
  ]);
});

test("a run that goes on: made anew from what is known of it, or added to", async () => {
  const first = await csvReporter(path);
  for (const event of events.slice(0, 3)) first.add(event, time);
  first.close();
  const more = await csvReporter(path);
  more.add(step(3), time);
  more.close();
  const stepsIn = async () => parse<{ step: string }>(await readFile(path), { columns: true }).map(({ step }) => step);
  expect(await stepsIn()).toEqual(["1", "2", "3"]);
  const anew = await csvReporter(path, {
    history: () => [{ event: { ...step(1), rank: undefined } as TrainEvent, time: undefined }],
  });
  anew.add(step(2), time);
  anew.close();
  expect(await stepsIn()).toEqual(["1", "2"]);
  expect((await readFile(path, "utf8")).split("\r\n")[1]).toBe(",step,1,,1e-7,,,0.0005,NaN,64,8,0.25");
});
