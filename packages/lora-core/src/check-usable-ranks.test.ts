import { expect, test } from "vitest";
import { type AdaptableModel, attach, createAdapter, fromPeft, toPeft } from "./index.ts";

const site = (path: string, outFeatures: number) => ({ path, inFeatures: 6, outFeatures, layout: "out-in" }) as const;
const sites = [site("wide", 5), site("narrow", 2)];
const shape = { architecture: "two", sites, defaultTargets: ["wide", "narrow"], head: [] };
const model = shape as unknown as AdaptableModel;

test("attach refuses a rank that no layer can use, not one that a narrow layer cannot use", () => {
  expect(attach(model, { rank: 5 }).adapter.maxRank).toBe(5);
  const refused = expect.objectContaining({ code: "rank_above_layer", details: { rank: 6, path: "wide", most: 5 } });
  expect(() => attach(model, { rank: 6 })).toThrow(refused);
  const patterned = { rank: 2, rankPattern: { narrow: 6 } };
  expect(() => attach(model, patterned)).toThrow(expect.objectContaining({ code: "rank_above_layer" }));
});

test("an adapter of PEFT's with such a rank is read and attached", () => {
  const peft = toPeft(createAdapter(shape, { rank: 9 }));
  expect(attach(model, fromPeft(shape, peft)).adapter.maxRank).toBe(9);
});
