import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TrainEvent } from "@dylora/trainer";
import { expect, test } from "vitest";
import { collectLog } from "./collect-log.ts";
import { openEventLog, readEventLog } from "./event-log.ts";

const step = (number: number): TrainEvent => ({
  type: "step",
  step: number,
  rank: 1 + (number % 4),
  loss: 1 / number,
  learningRate: 1e-3,
  gradientNorm: 0.5,
  tokens: 64,
  seconds: 0.25,
});
const events: readonly TrainEvent[] = [
  { type: "start", step: 0, steps: 3 },
  step(1),
  step(2),
  { type: "evaluation", step: 2, rank: 4, metric: 0.75, loss: 0.5 },
  step(3),
  { type: "end", step: 3, reason: "done" },
];

test("a log in memory holds what a log in a file gives back", async () => {
  const dir = await mkdtemp(join(tmpdir(), "dylora-log-"));
  try {
    const [collected, file] = [collectLog(), openEventLog(join(dir, "events.jsonl"))];
    for (const event of events) {
      collected.add(event);
      file.add(event);
    }
    file.close();
    expect(collected.log()).toEqual(readEventLog(join(dir, "events.jsonl")));
    expect(collected.log()).toMatchObject({ reason: "done", damaged: 0 });
    expect(collected.log().steps).toHaveLength(3);
  } finally {
    await rm(dir, { recursive: true });
  }
});

test("what was read from a log does not change with it", () => {
  const collected = collectLog();
  collected.add(step(1));
  const before = collected.log();
  collected.add(step(2));
  expect([before.steps.length, collected.log().steps.length]).toEqual([1, 2]);
  expect(before.reason).toBeUndefined();
});
