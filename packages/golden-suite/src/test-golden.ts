import { causalInputs } from "@dylora/lora-core";
import { maskedLanguageModel, sequenceClassification } from "@dylora/model-roberta";
import {
  type Availability,
  type Backend,
  type BackendDescriptor,
  softmaxCrossEntropy,
  useBackend,
} from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, type TestContext, test } from "vitest";
import { loadGolden } from "./golden.ts";
import { batchOf, comparisons, onAdapted, openGpt2, openRoberta } from "./golden-runs.ts";

/** Settings of {@link testGolden}, for a backend in a lower precision. */
export interface GoldenOptions {
  /** How far numbers may be off, in units of the greatest of a tensor; default: 1e-4. */
  readonly tolerance?: number;
  /** Tests that say nothing in this precision, as `MODEL: TITLE`, each with the reason. */
  readonly skip?: Readonly<Record<string, string>>;
}

/** Starts a backend for the tests of a `describe`, and gives a `test` that is skipped with the reason where it cannot run. */
function onEngine(
  model: string,
  descriptor: () => BackendDescriptor,
  { skip }: GoldenOptions,
): (title: string, run: () => Promise<void>) => void {
  let availability: Availability;
  let backend: Backend | undefined;
  beforeAll(async () => {
    availability = await descriptor().available();
    if (availability.available) backend = await useBackend(descriptor());
  });
  afterAll(() => backend?.dispose());
  return (title, run) =>
    test(title, async (context: TestContext) => {
      if (!availability.available) return context.skip(`${availability.reason}; ${availability.remedy}`);
      const reason = skip?.[`${model}: ${title}`];
      if (reason !== undefined) return context.skip(reason);
      await run();
    });
}

/**
 * Holds a backend to the golden files: logits, losses and every gradient of RoBERTa and GPT-2 with adapters, as
 * transformers and PEFT computed them in float32, cut to each rank and with a rank for every example. Skipped with the
 * reason where the backend cannot run.
 *
 * @param name what the report calls the backend
 * @param descriptor makes the descriptor
 */
export function testGolden(name: string, descriptor: () => BackendDescriptor, options: GoldenOptions = {}): void {
  const { expectLogits, expectGradients } = comparisons(options.tolerance);
  describe(`${name}: RoBERTa equals transformers and PEFT in float32`, async () => {
    const check = onEngine("RoBERTa", descriptor, options);
    const golden = await loadGolden("roberta-tiny");
    const batch = batchOf(golden, "input_ids", "attention_mask");
    const classes = (logits: Tensor2D) => softmaxCrossEntropy(logits, golden.integers("labels"));
    const ranks = Array.from({ length: golden.meta["r"] as number }, (_, index) => index + 1);
    const base = () => openRoberta(golden, "base", sequenceClassification(3));

    check("logits, loss and every gradient, padding on any side", async () => {
      await onAdapted(golden, base, "adapter", async (model) => {
        await expectLogits(model, batch, "base", golden, "base.logits");
        const padded = batchOf(golden, "padding.input_ids", "padding.attention_mask");
        await expectLogits(model, padded, "base", golden, "padding.base.logits");
        await expectGradients(model, batch, "full", classes, golden, "adapter.", "");
      });
    });

    for (const rank of ranks) {
      check(`cut to rank ${rank}`, async () => {
        await onAdapted(golden, base, "adapter", async (model) => {
          await expectLogits(model, batch, { rank }, golden, `prefix.${rank}.logits`);
          await expectGradients(model, batch, { rank }, classes, golden, `prefix.${rank}.`);
        });
      });
    }

    check("a rank for every example", async () => {
      const view = { ranks: golden.meta["per_example_ranks"] as number[] };
      await onAdapted(golden, base, "adapter", async (model) => {
        await expectGradients(model, batch, view, classes, golden, "gate.per_example.");
      });
    });

    check("pairs on every linear layer", async () => {
      await onAdapted(golden, base, "adapter-all-sites", async (model) => {
        await expectGradients(model, batch, "full", classes, golden, "all_sites.");
      });
    });

    check("masked language model", async () => {
      const open = () => openRoberta(golden, "masked-lm", maskedLanguageModel());
      const inputs = batchOf(golden, "masked_lm.input_ids", "attention_mask");
      const loss = (logits: Tensor2D) => softmaxCrossEntropy(logits, golden.integers("masked_lm.labels"));
      await onAdapted(golden, open, "adapter-masked-lm", async (model) => {
        await expectLogits(model, inputs, "base", golden, "masked_lm.base.logits");
        await expectGradients(model, inputs, "full", loss, golden, "masked_lm.");
      });
    });
  });

  describe(`${name}: GPT-2 equals transformers and PEFT in float32`, async () => {
    const check = onEngine("GPT-2", descriptor, options);
    const golden = await loadGolden("gpt2-tiny");
    const batch = batchOf(golden, "input_ids", "attention_mask");
    const labelled = causalInputs({ ...batch, labels: golden.integers("labels") });
    const loss = (logits: Tensor2D) => softmaxCrossEntropy(logits, labelled.labels);
    const ranks = Array.from({ length: golden.meta["r"] as number }, (_, index) => index + 1);

    check("logits, loss and every gradient", async () => {
      await onAdapted(
        golden,
        () => openGpt2(golden, "base"),
        "adapter",
        async (model) => {
          await expectLogits(model, batch, "base", golden, "base.logits");
          await expectLogits(model, batch, "full", golden, "adapter.logits");
          await expectGradients(model, labelled, "full", loss, golden, "adapter.", "");
        },
      );
    });

    for (const rank of ranks) {
      check(`cut to rank ${rank}`, async () => {
        await onAdapted(
          golden,
          () => openGpt2(golden, "base"),
          "adapter",
          async (model) => {
            await expectLogits(model, batch, { rank }, golden, `prefix.${rank}.logits`);
            await expectGradients(model, labelled, { rank }, loss, golden, `prefix.${rank}.`);
          },
        );
      });
    }

    check("a rank for every example, and pairs on every linear layer", async () => {
      const view = { ranks: golden.meta["per_example_ranks"] as number[] };
      await onAdapted(
        golden,
        () => openGpt2(golden, "base"),
        "adapter",
        async (model) => {
          await expectGradients(model, labelled, view, loss, golden, "gate.per_example.");
        },
      );
      await onAdapted(
        golden,
        () => openGpt2(golden, "base"),
        "adapter-all-sites",
        async (model) => {
          await expectGradients(model, labelled, "full", loss, golden, "all_sites.");
        },
      );
    });
  });
}
