import { expect, test } from "vitest";
import { parseGpt2Config } from "./index.ts";

const small = { model_type: "gpt2", vocab_size: 50257, n_embd: 768, n_layer: 12, n_head: 12, n_positions: 1024 };

test("the published GPT-2 small, with every default filled in", () => {
  expect(parseGpt2Config({ ...small, n_ctx: 1024, eos_token_id: 50256, n_inner: null })).toEqual({
    vocabSize: 50257,
    hiddenSize: 768,
    layers: 12,
    heads: 12,
    intermediateSize: 3072,
    maxPositions: 1024,
    epsilon: 1e-5,
    gelu: "tanh",
    embeddingDropout: 0.1,
    attentionDropout: 0.1,
    residualDropout: 0.1,
    tiedOutput: true,
    eosTokenIds: [50256],
  });
});

test("end tokens: none, one, several", () => {
  expect(parseGpt2Config(small).eosTokenIds).toEqual([50256]);
  expect(parseGpt2Config({ ...small, vocab_size: 100 }).eosTokenIds).toEqual([]);
  expect(parseGpt2Config({ ...small, eos_token_id: null }).eosTokenIds).toEqual([]);
  expect(parseGpt2Config({ ...small, eos_token_id: [1, 2] }).eosTokenIds).toEqual([1, 2]);
});

test("what a file leaves out is as in transformers' GPT2Config", () => {
  expect(parseGpt2Config({ model_type: "gpt2" })).toEqual(parseGpt2Config({ ...small, eos_token_id: 50256 }));
});

test("general names are taken for GPT-2's own, and count more, as in transformers", () => {
  const general = { hidden_size: 16, num_hidden_layers: 3, num_attention_heads: 4, max_position_embeddings: 48 };
  const expected = { hiddenSize: 16, layers: 3, heads: 4, maxPositions: 48, intermediateSize: 64 };
  expect(parseGpt2Config({ model_type: "gpt2", ...general })).toMatchObject(expected);
  expect(parseGpt2Config({ ...small, ...general })).toMatchObject(expected);
  expect(parseGpt2Config({ ...small, hidden_size: null })).toMatchObject({ hiddenSize: 768 });
});

test.each<[string, object, RegExp]>([
  ["another architecture", { model_type: "roberta" }, /model_type is "roberta"; this package loads "gpt2"/],
  ["heads that do not divide", { n_head: 5 }, /n_head 5 does not divide n_embd 768/],
  ["no layers", { n_layer: 0 }, /n_layer is 0; it must be a whole number of at least 1/],
  ["a size that is a text", { vocab_size: "50257" }, /vocab_size is "50257"; it must be a whole number/],
  ["a general name's value", { hidden_size: 0 }, /hidden_size is 0; it must be a whole number of at least 1/],
  ["an unknown activation", { activation_function: "swish" }, /"swish"; it must be one of gelu,/],
  ["scaling by layer", { scale_attn_by_inverse_layer_idx: true }, /not supported/],
  ["no scaling", { scale_attn_weights: false }, /not supported/],
  ["cross-attention", { add_cross_attention: true }, /not supported/],
  ["dropout that is no number", { attn_pdrop: "much" }, /attn_pdrop is "much"/],
  ["an end token that is no number", { eos_token_id: "</s>" }, /eos_token_id is "<\/s>"/],
])("%s is refused", (_, change, message) => {
  expect(() => parseGpt2Config({ ...small, ...change })).toThrow(message);
});

test.each([null, [], "gpt2", undefined])("%o is no configuration", (json) => {
  expect(() => parseGpt2Config(json)).toThrow(/model_type is undefined/);
});

test("values that code falls over when it shows them are refused by name", () => {
  const hostile = [
    JSON.parse('{"toString":1,"valueOf":1,"toJSON":1}'),
    JSON.parse(`${"[".repeat(9_000)}${"]".repeat(9_000)}`),
  ];
  for (const value of hostile) {
    for (const field of [...Object.keys(small), "activation_function", "eos_token_id", "layer_norm_epsilon"]) {
      const refused = expect.objectContaining({ code: "bad_model_config", message: expect.stringContaining(field) });
      expect(() => parseGpt2Config({ ...small, [field]: value })).toThrow(refused);
    }
  }
  for (const name of ["constructor", "__proto__", "toString"]) {
    expect(() => parseGpt2Config({ ...small, activation_function: name })).toThrow(`activation_function is "${name}"`);
  }
});

test("numbers of layers and positions that no machine holds are refused before any is named", () => {
  expect(parseGpt2Config({ ...small, n_layer: 10_000 }).layers).toBe(10_000);
  expect(() => parseGpt2Config({ ...small, n_layer: 1e9 })).toThrow(/n_layer is 1000000000; it must be at most 10000/);
  expect(() => parseGpt2Config({ ...small, n_positions: 2 ** 52 })).toThrow(
    /n_positions is 4503599627370496; it must be at most/,
  );
});
