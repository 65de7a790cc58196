import { expect, test } from "vitest";
import { planBatches } from "./plan-batches.ts";

test("batches cover every row once, of similar lengths, in windows along the input", () => {
  const lengths = Array.from({ length: 100 }, (_, row) => (row * 37) % 23);
  const batches = planBatches(lengths, 4);
  expect(batches.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, row) => row));
  expect(Math.max(...batches.slice(0, 8).flat())).toBe(31);
  for (const batch of batches) {
    const own = batch.map((row) => lengths[row] as number);
    expect(own).toEqual([...own].sort((a, b) => b - a));
  }
});
