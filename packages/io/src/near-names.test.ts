import { expect, test } from "vitest";
import { nearNames } from "./near-names.ts";

const names = [
  "encoder.layer.0.attention.self.query.weight",
  "encoder.layer.0.attention.self.query.bias",
  "encoder.layer.1.attention.self.query.weight",
  "pooler.dense.bias",
];

test("a name with another prefix or one wrong part finds its like first", () => {
  expect(nearNames("roberta.encoder.layer.0.attention.self.query.weight", names)[0]).toBe(names[0]);
  expect(nearNames("encoder.layer.0.attention.self.quary.bias", names)[0]).toBe(names[1]);
  expect(nearNames("pooler.out_proj.bias", names, 1)).toEqual(["pooler.dense.bias"]);
});

test("what shares nothing is not offered", () => {
  expect(nearNames("wte", names)).toEqual([]);
});
