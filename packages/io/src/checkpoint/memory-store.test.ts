import { expect, test } from "vitest";
import { bytesFromArray } from "../byte-source.ts";
import { encodeSafetensors } from "../safetensors/encode.ts";
import { decodeCheckpoint } from "./encode.ts";
import { memoryCheckpointStore } from "./memory-store.ts";

const checkpoint = (step: number) => ({
  step,
  tensors: { weight: Float32Array.of(step, Number.NaN, -0), ids: Int32Array.of(step), big: BigInt64Array.of(1n) },
  metadata: { seed: 1, nested: [null, "é", { a: 0.1 }] },
});

test("the checkpoint saved last comes back, whatever happens to the arrays meanwhile", async () => {
  const store = memoryCheckpointStore();
  expect(await store.latest()).toBeUndefined();
  const saved = checkpoint(7);
  await store.save(saved);
  saved.tensors.weight[0] = 99;
  const loaded = await store.latest();
  expect(loaded).toEqual({ ...checkpoint(7), warnings: [] });
  loaded!.tensors.ids![0] = 99;
  expect((await store.latest())?.tensors.ids).toEqual(Int32Array.of(7));
});

test("only so many are kept, the one saved last first, also after going back", async () => {
  const store = memoryCheckpointStore({ keep: 3 });
  for (const step of [10, 20, 30, 40]) await store.save(checkpoint(step));
  expect(await store.list()).toEqual([40, 30, 20]);
  await store.save(checkpoint(20));
  expect(await store.list()).toEqual([20, 40, 30]);
  expect((await store.latest())?.step).toBe(20);
});

test.each([-1, 1.5, Number.NaN])("step %d is refused", async (step) => {
  await expect(memoryCheckpointStore().save(checkpoint(step))).rejects.toMatchObject({ code: "bad_checkpoint" });
});

test.each([
  ["another format", { format: "pt", step: "1", json: "{}" }],
  ["no step", { format: "dylora-checkpoint", json: "{}" }],
  ["a step that is no number", { format: "dylora-checkpoint", step: "-1", json: "{}" }],
  ["no JSON", { format: "dylora-checkpoint", step: "1", json: "{" }],
])("a file with %s is no checkpoint", async (_, metadata) => {
  const source = bytesFromArray(encodeSafetensors(new Map(), metadata), "x");
  await expect(decodeCheckpoint(source)).rejects.toMatchObject({ code: "checkpoint_corrupt" });
});
