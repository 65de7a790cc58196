import { expect, test } from "vitest";
import { positionIds } from "./embeddings.ts";

test.each([
  ["no padding", [1, 1, 1, 1], [0, 1, 2, 3]],
  ["left", [0, 0, 1, 1], [0, 0, 0, 1]],
  ["right: counting on", [1, 1, 0, 0], [0, 1, 2, 3]],
  ["both sides", [0, 1, 1, 0], [0, 0, 1, 2]],
  ["inside", [1, 0, 0, 1], [0, 1, 2, 1]],
  ["nothing but padding", [0, 0, 0, 0], [0, 0, 0, 0]],
])("%s", (_, mask, positions) => {
  expect([...positionIds(mask, 1, 4, 0)]).toEqual(positions);
  expect([...positionIds([...mask, ...mask], 2, 4, 3)]).toEqual([positions[3], positions[3]]);
});
