import { readFile } from "node:fs/promises";
import { goldenFolder } from "@dylora/golden-suite";
import { expect, test } from "vitest";
import { maxLength, parseRobertaConfig } from "./config.ts";

const least = {
  model_type: "roberta",
  vocab_size: 50,
  hidden_size: 12,
  num_hidden_layers: 2,
  num_attention_heads: 3,
  intermediate_size: 20,
  max_position_embeddings: 34,
};

test("fills in the defaults of transformers", () => {
  expect(parseRobertaConfig(least)).toEqual({
    vocabSize: 50,
    hiddenSize: 12,
    layers: 2,
    heads: 3,
    intermediateSize: 20,
    maxPositions: 34,
    typeVocabSize: 2,
    padTokenId: 1,
    epsilon: 1e-12,
    gelu: "erf",
    hiddenDropout: 0.1,
    attentionDropout: 0.1,
    classifierDropout: 0.1,
    initializerRange: 0.02,
    tiedEmbeddings: true,
    labels: undefined,
    problemType: undefined,
  });
});

test.each([
  ["roberta", 50265],
  ["xlm-roberta", 30522],
  ["camembert", 30522],
])("a file that says no more than %s is transformers' default model", (model_type, vocabSize) => {
  const base = { hiddenSize: 768, layers: 12, heads: 12, intermediateSize: 3072, maxPositions: 512, typeVocabSize: 2 };
  expect(parseRobertaConfig({ model_type })).toMatchObject({ vocabSize, ...base, padTokenId: 1, epsilon: 1e-12 });
});

test("reads a file that transformers wrote", async () => {
  const json = JSON.parse(await readFile(`${goldenFolder("roberta-tiny")}/base/config.json`, "utf8"));
  const config = parseRobertaConfig(json);
  expect(config).toMatchObject({ vocabSize: 99, hiddenSize: 32, layers: 2, heads: 4, intermediateSize: 37 });
  expect(config).toMatchObject({ maxPositions: 23, hiddenDropout: 0, labels: ["LABEL_0", "LABEL_1", "LABEL_2"] });
  expect(maxLength(config)).toBe(21);
});

test.each([
  [{ hidden_act: "gelu_new" }, { gelu: "tanh" }],
  [{ classifier_dropout: null, hidden_dropout_prob: 0.3 }, { classifierDropout: 0.3 }],
  [{ classifier_dropout: 0.5 }, { classifierDropout: 0.5, hiddenDropout: 0.1 }],
  [{ tie_word_embeddings: false }, { tiedEmbeddings: false }],
  [{ model_type: "xlm-roberta" }, {}],
  [{ model_type: "camembert" }, {}],
  [{ id2label: { 0: "no", 1: "yes" } }, { labels: ["no", "yes"] }],
  [{ id2label: { 2: "c", 0: "a", 1: "b" }, label2id: { a: 0, b: "1", c: 2 } }, { labels: ["a", "b", "c"] }],
  [{ id2label: { "01": 7, 0: null } }, { labels: ["LABEL_0", "7"] }],
  [{ id2label: { 0: "no", 1: "yes" }, label2id: { LABEL_0: 0, LABEL_1: 1 } }, { labels: ["no", "yes"] }],
  [{ id2label: { 0: "same", 1: "same" }, label2id: { same: 1 } }, { labels: ["same", "same"] }],
  [{ problem_type: "multi_label_classification" }, { problemType: "multi_label_classification" }],
  [{ problem_type: null }, { problemType: undefined }],
])("%o", (changes, expected) => {
  expect(parseRobertaConfig({ ...least, ...changes })).toMatchObject(expected);
});

test.each([
  [{ model_type: "bert" }, 'model_type is "bert"; it must be one of roberta, xlm-roberta, camembert'],
  [{ model_type: undefined }, "model_type is missing"],
  [{ vocab_size: 0 }, "vocab_size is 0; it must be a whole number of at least 1"],
  [{ hidden_size: "768" }, 'hidden_size is "768"'],
  [{ hidden_size: 13 }, "num_attention_heads 3 does not divide hidden_size 13"],
  [{ num_hidden_layers: 0 }, "num_hidden_layers is 0"],
  [{ num_attention_heads: 1.5 }, "num_attention_heads is 1.5"],
  [{ max_position_embeddings: 2 }, "max_position_embeddings is 2; it must be a whole number of at least 3"],
  [{ pad_token_id: 50 }, "pad_token_id 50 is not below vocab_size 50"],
  [{ hidden_act: "relu" }, 'hidden_act is "relu"; it must be one of gelu, gelu_fast'],
  [{ hidden_act: "toString" }, 'hidden_act is "toString"'],
  [{ position_embedding_type: "relative_key" }, 'position_embedding_type is "relative_key"'],
  [{ is_decoder: true }, "is_decoder is true; only encoders"],
  [{ hidden_dropout_prob: 1 }, "hidden_dropout_prob is 1; it must be a number from 0, below 1"],
  [{ layer_norm_eps: -1 }, "layer_norm_eps is -1; it must be a number of at least 0"],
  [{ layer_norm_eps: "1e-5" }, 'layer_norm_eps is "1e-5"'],
  [{ tie_word_embeddings: 1 }, "tie_word_embeddings is 1; it must be true or false"],
  [{ id2label: "yes" }, 'id2label is "yes"'],
  [{ id2label: ["no", "yes"] }, 'id2label is ["no","yes"]; it must be a table of names by id'],
  [{ id2label: { 1: "yes", 2: "maybe" } }, 'id2label has the key "2"; its 2 keys must be the ids 0 to 1'],
  [{ id2label: { 0: "a", "00": "b" } }, "its 2 keys must be the ids 0 to 1, each once"],
  [{ id2label: { a: 0, b: 1 } }, 'id2label has the key "a"'],
  [{ id2label: { 0: { toString: 1 } } }, 'id2label names class 0 {"toString":1}'],
  [{ id2label: { 0: "a", 1: "b" }, label2id: { a: 1, b: 0 } }, 'id2label gives "a" the id 0 and label2id gives it 1'],
  [{ problem_type: "ranking" }, 'problem_type is "ranking"; it must be one of single_label_classification'],
])("%o is refused", (changes, message) => {
  expect(() => parseRobertaConfig({ ...least, ...changes })).toThrow(
    expect.objectContaining({ code: "bad_model_config", message: expect.stringContaining(message) }),
  );
});

test.each([undefined, null, [], "roberta"])("%o is no configuration", (json) => {
  expect(() => parseRobertaConfig(json)).toThrow("model_type is missing");
});

test("values that code falls over when it shows them are refused by name", () => {
  const hostile = [
    JSON.parse('{"toString":1,"valueOf":1,"toJSON":1}'),
    JSON.parse(`${"[".repeat(9_000)}${"]".repeat(9_000)}`),
  ];
  for (const value of hostile) {
    for (const field of [...Object.keys(least), "hidden_act", "layer_norm_eps", "problem_type", "id2label"]) {
      const refused = expect.objectContaining({ code: "bad_model_config", message: expect.stringContaining(field) });
      expect(() => parseRobertaConfig({ ...least, [field]: value })).toThrow(refused);
    }
    expect(() => parseRobertaConfig({ ...least, id2label: { 0: value } })).toThrow(/id2label names class 0/);
  }
});

test("numbers of layers and positions that no machine holds are refused before any is named", () => {
  expect(parseRobertaConfig({ ...least, num_hidden_layers: 10_000 }).layers).toBe(10_000);
  expect(() => parseRobertaConfig({ ...least, num_hidden_layers: 1e9 })).toThrow(
    /num_hidden_layers is 1000000000; it must be at most 10000/,
  );
  expect(() => parseRobertaConfig({ ...least, max_position_embeddings: 2 ** 52 })).toThrow(
    /max_position_embeddings is 4503599627370496; it must be at most/,
  );
});
