import { existsSync } from "node:fs";
import { join } from "node:path";
import { wasmBackend } from "@dylora/backend-wasm";
import { loadGolden } from "@dylora/golden-suite";
import { type Backend, softmaxCrossEntropy, useBackend } from "@dylora/tensor";
import { cpuBackend, leakGuard } from "@dylora/test-kit";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, test } from "vitest";
import { batchOf, expectLogits, expectTrainingCase, openAdapted } from "./fixtures/golden-runs.ts";
import { sequenceClassification } from "./index.ts";

// Golden files that others made: in the folder `shared` beside the checkout, or the one that DYLORA_SHARED names.
const shared = process.env["DYLORA_SHARED"] ?? join(import.meta.dirname, "../../../../shared");
const folder = join(shared, "golden/roberta-tiny");

describe.skipIf(!existsSync(folder))("golden files outside the repository (shared/golden/roberta-tiny)", () => {
  describe.each([cpuBackend(), wasmBackend()])("$id", (descriptor) => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await useBackend(descriptor);
    });
    afterAll(() => backend.dispose());

    test("base, adapter, every prefix rank, loss and gradients", async () => {
      const golden = await loadGolden(folder);
      const batch = batchOf(golden, "input_ids", "attention_mask");
      const loss = (logits: Tensor2D) => softmaxCrossEntropy(logits, golden.integers("labels"));
      await leakGuard(async () => {
        const adapted = await openAdapted(golden, "base", "adapter", sequenceClassification(3));
        await expectLogits(adapted, batch, "base", golden, "base.logits");
        await expectTrainingCase(adapted, batch, "full", loss, golden, "adapter.", "");
        for (let rank = 1; rank <= adapted.adapter.maxRank; rank++) {
          await expectLogits(adapted, batch, { rank }, golden, `prefix.${rank}.logits`);
        }
        adapted.model.dispose();
      });
    });
  });
});
