import { existsSync } from "node:fs";
import { join } from "node:path";
import { wasmBackend } from "@dylora/backend-wasm";
import { loadGolden } from "@dylora/golden-suite";
import { type Backend, useBackend } from "@dylora/tensor";
import { cpuBackend } from "@dylora/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HuggingFaceArgs, openAdapted, optionsOf } from "./fixtures/golden-generation.ts";
import { generate } from "./generate.ts";

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

    test("generation", async () => {
      const golden = await loadGolden(folder);
      const prompt = golden.meta["prompt"] as number[];
      const cases = golden.meta["generate"] as Record<string, { args: HuggingFaceArgs; tokens: number[] }>;
      const adapted = await openAdapted(golden, "adapter");
      try {
        for (const [name, { args, tokens }] of Object.entries(cases)) {
          const one = { args: { max_new_tokens: 20, ...args }, prompts: [prompt], rank: null, adapter: "adapter" };
          const [text] = await generate(adapted, optionsOf(one));
          expect([...prompt, ...(text?.tokens ?? [])], name).toEqual(tokens);
        }
      } finally {
        adapted.model.dispose();
      }
    });
  });
});
