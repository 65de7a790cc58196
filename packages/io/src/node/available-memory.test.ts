import { constants } from "node:buffer";
import { totalmem } from "node:os";
import { expect, test } from "vitest";
import { availableMemory, availableMemoryGuard, hasRoomFor } from "./available-memory.ts";

test("the machine has some memory, not more than it was built with", () => {
  expect(availableMemory()).toBeGreaterThan(0);
  expect(availableMemory()).toBeLessThanOrEqual(totalmem());
  expect(hasRoomFor(1)).toBe(true);
  expect(hasRoomFor(totalmem() * 2)).toBe(false);
});

test("a guard refuses what the machine cannot hold now, and what no array can hold", () => {
  const guard = availableMemoryGuard(() => 1000);
  expect(() => guard(1000, "x")).not.toThrow();
  expect(() => guard(2048, "reading x")).toThrow("reading x needs 2.0 KiB, but only 1000 B are free");
  const roomy = availableMemoryGuard(() => Number.POSITIVE_INFINITY);
  expect(() => roomy(constants.MAX_LENGTH + 1, "x")).toThrow(expect.objectContaining({ code: "out_of_memory" }));
});
