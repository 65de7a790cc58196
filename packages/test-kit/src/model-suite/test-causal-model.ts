import { type Backend, useBackend } from "@dylora/tensor";
import { afterAll, beforeAll, describe, test } from "vitest";
import { cpuBackend } from "../cpu-backend.ts";
import { leakGuard } from "../leak-guard.ts";
import { patience } from "../patience.ts";
import { causalChecks } from "./causal-checks.ts";
import { type CausalModelUnderTest, type CausalSubject, causalSubject } from "./causal-subject.ts";
import type { TestModelOptions } from "./test-model-adapter.ts";

/**
 * Conformance suite of a model that writes texts (a `CausalModel`): no token sees those after it, padding on the left
 * changes nothing, reading behind a cache gives the logits of the whole, caches can be selected from, and limits hold. Call
 * {@link testModelAdapter} too, which holds the model to what every model has. Use a model of few positions and two layers
 * with weights that are all different from zero.
 *
 * @param name what the report calls the model
 * @param makeModel loads it on the active backend
 *
 * @example
 * ```ts
 * import { openModelFolder } from "@dylora/io/node";
 * import { loadGpt2 } from "@dylora/model-gpt2";
 * import { testCausalModel } from "@dylora/test-kit";
 *
 * testCausalModel("GPT-2", async () => ({
 *   model: await loadGpt2(await openModelFolder("examples/gpt2-e2e/model")),
 *   tokens: [3, 7, 1, 9, 4, 2, 8, 5],
 * }));
 * ```
 */
export function testCausalModel(
  name: string,
  makeModel: () => Promise<CausalModelUnderTest>,
  { backend: descriptor = cpuBackend, tolerance }: TestModelOptions = {},
): void {
  describe(`causal model ${name}`, () => {
    let backend: Backend;
    let subject: CausalSubject;
    beforeAll(async () => {
      backend = await useBackend(descriptor());
      subject = causalSubject(await makeModel(), tolerance ?? 10 * backend.capabilities.tolerance);
    }, patience);
    afterAll(async () => {
      subject?.model.dispose();
      await subject?.close?.();
      backend?.dispose();
    });
    for (const { title, run } of causalChecks) {
      test(title, () => leakGuard(() => run(subject)), patience);
    }
  });
}
