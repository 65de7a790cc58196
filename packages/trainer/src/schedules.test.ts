import { describe, expect, test } from "vitest";
import { adamwGolden, scheduleOf } from "./fixtures/adamw-golden.ts";
import { cosineSchedule, linearSchedule } from "./index.ts";

describe("schedules equal transformers'", () => {
  test.each(adamwGolden.schedules)("$schedule", ({ schedule, factors }) => {
    const own = scheduleOf(schedule);
    expect(factors.length).toBeGreaterThan(5);
    for (const [step, factor] of factors.entries()) expect(own(step)).toBeCloseTo(factor, 12);
  });
});

test.each([
  ["no steps", () => linearSchedule({ steps: 0 })],
  ["a warm-up longer than the run", () => cosineSchedule({ steps: 5, warmup: 6 })],
  ["a negative warm-up", () => linearSchedule({ steps: 5, warmup: -1 })],
])("%s is refused", (_, make) => {
  expect(make).toThrow(expect.objectContaining({ code: "bad_schedule" }));
});
