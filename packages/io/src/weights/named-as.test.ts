import { expect, test } from "vitest";
import { memoryWeights } from "./memory-weights.ts";
import { namedAs } from "./named-as.ts";

const weightsOf = (...names: string[]) =>
  memoryWeights(new Map(names.map((name, i) => [name, { shape: [1], data: Float32Array.of(i) }])), "m");
const roberta = { prefix: "roberta", modules: ["embeddings", "encoder", "pooler"] };

test("names come out as in a model with a head, whatever spelling each tensor has", async () => {
  const weights = namedAs(
    weightsOf(
      "embeddings.word.weight",
      "roberta.embeddings.LayerNorm.beta",
      "roberta.encoder.layer.0.LayerNorm.gamma",
      "encoder.layer.0.gamma",
      "roberta.classifier.dense.bias",
      "lm_head.layer_norm.weight",
      "roberta.pooler.dense.bias",
    ),
    roberta,
  );
  expect(weights.names()).toEqual([
    "classifier.dense.bias",
    "lm_head.layer_norm.weight",
    "roberta.embeddings.LayerNorm.bias",
    "roberta.embeddings.word.weight",
    "roberta.encoder.layer.0.LayerNorm.weight",
    "roberta.encoder.layer.0.gamma",
    "roberta.pooler.dense.bias",
  ]);
  const layer = weights.at("roberta.encoder").at("layer.0");
  expect([layer.path, layer.names()]).toEqual(["roberta.encoder.layer.0", ["LayerNorm.weight", "gamma"]]);
  expect([layer.has("LayerNorm.weight"), layer.has("LayerNorm.bias")]).toEqual([true, false]);
  expect(layer.shape("LayerNorm.weight")).toEqual([1]);
  expect([...(await layer.read("LayerNorm.weight", [1]))]).toEqual([2]);
  expect([...(await weights.read("classifier.dense.bias", [1]))]).toEqual([4]);
});

test("of two spellings the one of the model itself counts, in either order", async () => {
  for (const names of [
    ["roberta.embeddings.x", "embeddings.x"],
    ["embeddings.x", "roberta.embeddings.x"],
  ]) {
    const weights = namedAs(weightsOf(...names), roberta);
    expect(weights.names()).toEqual(["roberta.embeddings.x"]);
    expect([...(await weights.read("roberta.embeddings.x", [1]))]).toEqual([names.indexOf("roberta.embeddings.x")]);
  }
});

test("what is missing is named as the model has it, with the names of the file", async () => {
  const weights = namedAs(weightsOf("embeddings.word.weight"), roberta);
  await expect(weights.at("roberta.embeddings").read("position.weight", [1])).rejects.toThrow(
    'm has no tensor "roberta.embeddings.position.weight"; near: embeddings.word.weight',
  );
  expect(() => weights.at("")).toThrow(/not a dotted path/);
});

test("doing it twice changes nothing", () => {
  const once = namedAs(weightsOf("encoder.LayerNorm.gamma"), roberta);
  expect(namedAs(once, roberta).names()).toEqual(once.names());
});
