import { wasmBackend } from "@dylora/backend-wasm";
import { loadGolden } from "@dylora/golden-suite";
import type { TokenBatch } from "@dylora/lora-core";
import { meanSquaredError, softmaxCrossEntropy } from "@dylora/tensor";
import { cpuBackend, type ModelUnderTest, testModelAdapter } from "@dylora/test-kit";
import { batchOf, openRoberta } from "./fixtures/golden-runs.ts";
import { encoderOutput, maskedLanguageModel, sequenceClassification } from "./index.ts";

const golden = await loadGolden("roberta-tiny");
const inputs = batchOf(golden, "input_ids", "attention_mask");
const labels = golden.integers("labels");
const wordLabels = golden.integers("masked_lm.labels");

function slice(first: number, count: number): TokenBatch {
  const part = (all: ArrayLike<number>) =>
    Array.from(all).slice(first * inputs.length, (first + count) * inputs.length);
  const { length } = inputs;
  return { inputIds: part(inputs.inputIds), attentionMask: part(inputs.attentionMask), size: count, length };
}

const cases: Record<string, () => Promise<ModelUnderTest<TokenBatch>>> = {
  "classification head": async () => ({
    model: await openRoberta(golden, "base", sequenceClassification(3)),
    inputs,
    slice,
    loss: (logits) => softmaxCrossEntropy(logits, labels),
  }),
  "masked language model": async () => ({
    model: await openRoberta(golden, "masked-lm", maskedLanguageModel()),
    inputs,
    slice,
    loss: (logits) => softmaxCrossEntropy(logits, wordLabels),
  }),
  "encoder alone, with dropout": async () => ({
    model: await openRoberta(golden, "base", encoderOutput(), {
      hidden_dropout_prob: 0.1,
      attention_probs_dropout_prob: 0.1,
    }),
    inputs,
    slice,
    loss: (hidden) => meanSquaredError(hidden, new Float32Array(hidden.size).fill(0.5)),
  }),
};

for (const backend of [cpuBackend, wasmBackend]) {
  for (const [name, makeModel] of Object.entries(cases)) {
    testModelAdapter(`RoBERTa, ${name}, on ${backend().id}`, makeModel, { backend });
  }
}
