import { wasmBackend } from "@dylora/backend-wasm";
import { tinyConfig, tinyGpt2 } from "@dylora/golden-suite";
import type { CausalInputs } from "@dylora/lora-core";
import { softmaxCrossEntropy } from "@dylora/tensor";
import { cpuBackend, testModelAdapter } from "@dylora/test-kit";

const length = 5;
const inputIds = [3, 7, 1, 9, 4, 0, 2, 8, 8, 5, 0, 0, 6, 10, 2];
const attentionMask = [1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1];

function slice(first: number, count: number): CausalInputs {
  const part = (all: readonly number[]) => all.slice(first * length, (first + count) * length);
  return { inputIds: part(inputIds), attentionMask: part(attentionMask), size: count, length };
}

for (const backend of [cpuBackend, wasmBackend]) {
  testModelAdapter(
    `GPT-2 on ${backend().id}`,
    async () => ({
      model: await tinyGpt2({ attn_pdrop: 0.1, embd_pdrop: 0.1, resid_pdrop: 0.1 }),
      inputs: slice(0, 3),
      slice,
      loss: (logits) =>
        softmaxCrossEntropy(
          logits,
          inputIds.map((id) => (id + 3) % tinyConfig.vocab_size),
        ),
    }),
    { backend },
  );
}
