import { attach } from "@dylora/lora-core";
import { type Backend, type BackendDescriptor, useBackend } from "@dylora/tensor";
import { afterAll, beforeAll, describe, test } from "vitest";
import { cpuBackend } from "../cpu-backend.ts";
import { leakGuard } from "../leak-guard.ts";
import { patience } from "../patience.ts";
import { declarationChecks } from "./declaration-checks.ts";
import { rankChecks } from "./rank-checks.ts";
import type { ModelCheck, ModelUnderTest, Subject } from "./subject.ts";
import { trainingChecks } from "./training-checks.ts";

/** Settings of {@link testModelAdapter}. */
export interface TestModelOptions {
  /** Backend to run on; default `cpuBackend`. */
  readonly backend?: () => BackendDescriptor;
  /**
   * Largest error in units of the larger of 1 and the largest expected logit; default: ten times the backend's own
   * claim, as errors add up over layers.
   */
  readonly tolerance?: number;
}

/** Every check of a model. */
export const modelChecks: readonly ModelCheck[] = [...declarationChecks, ...rankChecks, ...trainingChecks];

/**
 * Conformance suite of a model that carries adapters (an `AdaptableModel`): its declarations, that every declared site
 * matters, rank views against plain LoRA, merging, training, and no leaks. Use a model of two layers with weights that
 * are all different from zero.
 *
 * @param name what the report calls the model
 * @param makeModel loads it on the active backend; called twice
 *
 * @example
 * ```ts
 * import { openModelFolder } from "@dylora/io/node";
 * import { loadRoberta, sequenceClassification } from "@dylora/model-roberta";
 * import { softmaxCrossEntropy } from "@dylora/tensor";
 * import { testModelAdapter } from "@dylora/test-kit";
 *
 * testModelAdapter("RoBERTa", async () => {
 *   const folder = await openModelFolder("examples/quickstart/model");
 *   return {
 *     model: await loadRoberta({ ...folder, head: sequenceClassification(7) }),
 *     inputs: { inputIds: [0, 20, 0, 30, 0, 1], attentionMask: [1, 1, 1, 1, 1, 0], size: 3, length: 2 },
 *     loss: (logits) => softmaxCrossEntropy(logits, [2, 0, 6]),
 *   };
 * });
 * ```
 */
export function testModelAdapter<Inputs>(
  name: string,
  makeModel: () => Promise<ModelUnderTest<Inputs>>,
  { backend: descriptor = cpuBackend, tolerance }: TestModelOptions = {},
): void {
  describe(`model ${name}`, () => {
    let backend: Backend;
    let subject: Subject<Inputs>;
    beforeAll(async () => {
      backend = await useBackend(descriptor());
      const made = await makeModel();
      subject = { ...made, tolerance: tolerance ?? 10 * backend.capabilities.tolerance };
    }, patience);
    afterAll(async () => {
      subject?.model.dispose();
      await subject?.close?.();
      backend?.dispose();
    });

    for (const { title, run } of modelChecks) test(title, () => run(subject), patience);

    test(
      "loading it and disposing it twice leaves nothing",
      async () => {
        await leakGuard(async () => {
          const made = await makeModel();
          await attach(made.model, { rank: 1 }).gradients(made.inputs, made.loss);
          made.model.dispose();
          made.model.dispose();
          await made.close?.();
        });
      },
      patience,
    );
  });
}
