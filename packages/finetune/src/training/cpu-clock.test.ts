import { expect, test } from "vitest";
import { startCpuClock } from "./cpu-clock.ts";

test("time that is computed counts, time that is waited does not", async () => {
  const waiting = startCpuClock();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(waiting()).toBeLessThan(0.25);
  const computing = startCpuClock();
  const start = process.cpuUsage();
  let sum = 0;
  while (process.cpuUsage(start).user < 100_000) for (let i = 0; i < 10_000; i++) sum += Math.sqrt(i);
  expect(sum).toBeGreaterThan(0);
  expect(computing()).toBeGreaterThanOrEqual(0.1);
});
