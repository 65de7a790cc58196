import { readFileSync } from "node:fs";
import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StepEvent } from "@dylora/trainer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openEventLog, readEventLog } from "./event-log.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dylora-events-"));
});
afterAll(() => rm(folder, { recursive: true }));

const step = (number: number, loss: number): StepEvent => ({
  type: "step",
  step: number,
  rank: 1,
  loss,
  learningRate: 1,
  gradientNorm: 1,
  tokens: 1,
  seconds: 1,
});

test("steps taken again after a crash count as they were taken last, and a line cut short is left out", async () => {
  const path = join(folder, "events.jsonl");
  let log = openEventLog(path);
  log.add({ type: "start", step: 0, steps: 3 });
  log.add(step(1, 0.9));
  log.add(step(2, 0.8));
  log.add({ type: "evaluation", step: 2, rank: 8, metric: 0.5, loss: undefined });
  log.close();
  await appendFile(path, '{"type":"step","st');
  log = openEventLog(path);
  log.add({ type: "start", step: 1, steps: 3 });
  log.add(step(2, 0.7));
  expect(
    readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line.includes('"start"')),
  ).toHaveLength(2);
  expect(readEventLog(path).reason).toBeUndefined();
  log.add({ type: "evaluation", step: 2, rank: 1, metric: 0.4, loss: 1 });
  log.add({ type: "end", step: 2, reason: "early-stopping" });
  log.close();
  const { steps, evaluations, reason } = readEventLog(path);
  expect(steps.map(({ step, loss }) => [step, loss])).toEqual([
    [1, 0.9],
    [2, 0.7],
  ]);
  expect(evaluations.map(({ rank, metric }) => [rank, metric])).toEqual([
    [1, 0.4],
    [8, 0.5],
  ]);
  expect(reason).toBe("early-stopping");
});

test("a file that is not there holds nothing", () => {
  expect(readEventLog(join(folder, "none.jsonl"))).toEqual({
    steps: [],
    evaluations: [],
    reason: undefined,
    damaged: 0,
  });
});

test("lines that are no events of ours are left out, whatever they hold", async () => {
  const path = join(folder, "hostile.jsonl");
  const lines = [
    "null",
    "7",
    "[]",
    '{"type":{}}',
    '{"type":"end","reason":{}}',
    `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
  ];
  for (const value of ['{"toString":1,"valueOf":1}', '"1"', "-1", "1e999", "[]"]) {
    lines.push(`{"type":"step","step":${value},"rank":1,"loss":1,"seconds":1}`);
    lines.push(`{"type":"evaluation","step":1,"rank":${value},"metric":1}`);
  }
  lines.push(JSON.stringify(step(3, 0.5)));
  await appendFile(path, lines.join("\n"));
  expect(readEventLog(path)).toMatchObject({ steps: [{ step: 3, loss: 0.5 }], evaluations: [], reason: undefined });
});

test("a log larger than one piece of reading, a line beyond all measure in it", async () => {
  const path = join(folder, "large.jsonl");
  const lines = Array.from({ length: 20_000 }, (_, i) => JSON.stringify(step(i + 1, 1 / (i + 1))));
  await appendFile(
    path,
    `${lines.slice(0, 9_000).join("\n")}\n${"x".repeat(5_000_000)}\n${lines.slice(9_000).join("\n")}`,
  );
  const { steps, damaged } = readEventLog(path);
  expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 20_000 }, (_, i) => i + 1));
  expect(damaged).toBe(1);
});
