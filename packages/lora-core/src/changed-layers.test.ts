import { expect, test } from "vitest";
import { changedLayers } from "./changed-layers.ts";
import { outputSite } from "./fixtures/tiny-model.ts";

const sites = [0, 1, 10].flatMap((layer) =>
  ["query", "dense"].map((module) => ({ ...outputSite, path: `h.${layer}.${module}` })),
);
const pathOf = (layer: number) => `h.${[0, 1, 10][layer]}`;
const change = (deltas: ReadonlyMap<string, Float32Array>) => {
  const read = async (layer: number, deltaOf: (module: string) => Float32Array | undefined) =>
    `new ${layer}: query ${deltaOf("query")?.join()}, dense ${deltaOf("dense")?.join()}`;
  return changedLayers({ layers: ["a", "b", "c"], sites, paths: deltas.keys(), deltas, pathOf, read });
};

test("makes the layers with a changed site anew and shares the others", async () => {
  const deltas = new Map([
    ["h.1.dense", Float32Array.of(1, 2)],
    ["h.1.query", Float32Array.of(3)],
  ]);
  expect(await change(deltas)).toEqual(["a", "new 1: query 3, dense 1,2", "c"]);
  expect(await change(new Map([["h.10.query", Float32Array.of(4)]]))).toEqual([
    "a",
    "b",
    "new 2: query 4, dense undefined",
  ]);
  expect(await change(new Map())).toEqual(["a", "b", "c"]);
});

test("refuses a path that is no site", async () => {
  await expect(change(new Map([["h.2.dense", Float32Array.of(1)]]))).rejects.toMatchObject({
    code: "unknown_target",
    message: 'the model has no site "h.2.dense"',
  });
});
