import { existsSync } from "node:fs";
import { join } from "node:path";
import { wasmBackend } from "@dylora/backend-wasm";
import { expectGolden, loadGolden } from "@dylora/golden-suite";
import { type Backend, useBackend } from "@dylora/tensor";
import { cpuBackend } from "@dylora/test-kit";
import { afterAll, beforeAll, describe, test } from "vitest";
import { batchOf, expectTrainingCase, logitsOf, onAdapted, trainingBatchOf } from "./fixtures/golden-runs.ts";

// Golden files that others made: in the folder `shared` beside the checkout, or the one that DYLORA_SHARED names.
const shared = process.env["DYLORA_SHARED"] ?? join(import.meta.dirname, "../../../../shared");
const folder = join(shared, "golden/gpt2-tiny");

describe.skipIf(!existsSync(folder))("golden files outside the repository (shared/golden/gpt2-tiny)", () => {
  describe.each([cpuBackend(), wasmBackend()])("$id", (descriptor) => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await useBackend(descriptor);
    });
    afterAll(() => backend.dispose());

    test("base, adapter, every prefix rank, loss and gradients", async () => {
      const golden = await loadGolden(folder);
      const batch = batchOf(golden, "input_ids", "attention_mask");
      await onAdapted(golden, "adapter", async (model) => {
        expectGolden(await logitsOf(model, batch, "base"), golden, "base.logits");
        expectGolden(await logitsOf(model, batch, "full"), golden, "adapter.logits");
        await expectTrainingCase(model, trainingBatchOf(golden), "full", golden, "adapter.", { gradientPrefix: "" });
        for (let rank = 1; rank <= model.adapter.maxRank; rank++) {
          expectGolden(await logitsOf(model, batch, { rank }), golden, `prefix.${rank}.logits`);
        }
      });
    });
  });
});
