import { attach, parameterCounts } from "@dylora/lora-core";
import { type Backend, softmaxCrossEntropy, useBackend } from "@dylora/tensor";
import { cpuBackend, leakGuard } from "@dylora/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tinyBatch as batch, failingAt, tinyConfig, tinyWeights } from "./fixtures/tiny-weights.ts";
import { type LoadRobertaOptions, loadRoberta, type Roberta, sequenceClassification } from "./index.ts";

const inputIds = Array.from(batch.inputIds);
const attentionMask = Array.from(batch.attentionMask);
const load = (options: Partial<LoadRobertaOptions> = {}): Promise<Roberta> =>
  loadRoberta({ config: tinyConfig, weights: tinyWeights(), head: sequenceClassification(3), ...options });

describe("bad input", () => {
  let backend: Backend;
  let model: Roberta;
  beforeAll(async () => {
    backend = await useBackend(cpuBackend());
    model = await load();
  });
  afterAll(() => {
    model.dispose();
    backend.dispose();
  });

  test.each([
    ["roberta.embeddings.position_embeddings.weight"],
    ["roberta.encoder.layer.1.attention.self.key.bias"],
    ["roberta.encoder.layer.0.output.LayerNorm.weight"],
  ])("a file without %s", async (name) => {
    await leakGuard(async () => {
      await expect(load({ weights: tinyWeights({ [name]: null }) })).rejects.toMatchObject({
        code: "missing_tensor",
        message: expect.stringContaining(`tiny.safetensors has no tensor "${name}"`),
      });
    });
  });

  test.each([
    ["roberta.embeddings.word_embeddings.weight", [21, 8], "[20, 8]"],
    ["roberta.encoder.layer.1.intermediate.dense.weight", [8, 12], "[12, 8]"],
    ["roberta.encoder.layer.1.intermediate.dense.bias", [8], "[12]"],
  ])("%s of shape %o", async (name, shape, expected) => {
    await leakGuard(async () => {
      await expect(load({ weights: tinyWeights({ [name]: shape }) })).rejects.toMatchObject({
        code: "tensor_shape",
        message: `tiny.safetensors: tensor "${name}" has shape [${shape.join(", ")}], expected ${expected}`,
      });
    });
  });

  test("a configuration of another model, before anything is read", async () => {
    const weights = failingAt(tinyWeights(), 0);
    const config = { ...tinyConfig, model_type: "gpt2" };
    await expect(load({ config, weights })).rejects.toMatchObject({ code: "bad_model_config" });
  });

  test.each([0, -1, 1.5, Number.NaN])("%d labels", (labels) => {
    expect(() => sequenceClassification(labels)).toThrow(expect.objectContaining({ code: "bad_label_count" }));
  });

  test.each([
    [{ inputIds: [...inputIds.slice(1), 20] }, "id_out_of_range", "token id 20 (at 9) is outside 0 to 19"],
    [{ inputIds: [-1, ...inputIds.slice(1)] }, "id_out_of_range", "token id -1 (at 0) is outside 0 to 19"],
    [{ inputIds: inputIds.slice(1) }, "bad_shape", "9 token ids for 2 sequences of 5 tokens"],
    [{ attentionMask: attentionMask.slice(1) }, "bad_shape", "9 mask entries for 2 sequences of 5 tokens"],
    [
      { inputIds: new Array(22).fill(5), attentionMask: new Array(22).fill(1), length: 11 },
      "sequence_too_long",
      "a sequence has 11 tokens; this model takes 10: truncate to maxLength 10",
    ],
    [{ size: 0, inputIds: [], attentionMask: [] }, "bad_inputs", "at least 1; found 0"],
  ])("a batch with %o", async (changes, code, message) => {
    const run = attach(model, { rank: 3, targets: "all-linear" });
    // A backend prepares a frozen weight when it is first used; the model frees that.
    await run.gradients(batch, (logits) => softmaxCrossEntropy(logits, [0, 1]));
    await leakGuard(async () => {
      const expected = expect.objectContaining({ code, message: expect.stringContaining(message) });
      expect(() => run.forward({ ...batch, ...changes })).toThrow(expected);
      const gradients = run.gradients({ ...batch, ...changes }, (logits) => softmaxCrossEntropy(logits, [0, 1]));
      await expect(gradients).rejects.toEqual(expected);
    });
  });

  test("an unknown target, with the names of RoBERTa's layers", () => {
    expect(() => attach(model, { targets: ["querry"] })).toThrow(
      /"querry" matches no layer of the model; near names: attention.self.query/,
    );
    expect(parameterCounts(attach(model, { rank: 2 }).adapter).lora).toBe(2 * 2 * 2 * 16);
  });
});
