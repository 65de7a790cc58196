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

test("a misspelt part counts, whatever its case, and a shortened one", () => {
  const modules = ["attention.self.query", "attention.self.key", "attention.output.dense", "output.dense"];
  expect(nearNames("querry", modules)).toEqual(["attention.self.query"]);
  expect(nearNames("Self.Keys", modules)[0]).toBe("attention.self.key");
  expect(nearNames("attn.output.dense", modules)[0]).toBe("attention.output.dense");
});

test("long names from a file cost no time", () => {
  const long = Array.from({ length: 300 }, (_, i) => "x".repeat(5000 + i));
  expect(nearNames("x".repeat(9000), long)).toEqual([]);
});

test("what shares nothing is not offered", () => {
  expect(nearNames("wte", names)).toEqual([]);
});
