import { join } from "node:path";
import { wasmBackend } from "@dylora/backend-wasm";
import { expectGoldenParameters, loadGolden } from "@dylora/golden-suite";
import { decodePeftAdapter, encodePeftAdapter } from "@dylora/io";
import { openModelFolder } from "@dylora/io/node";
import {
  type AdaptedModel,
  attach,
  fromPeft,
  keepRanges,
  matryoshkaGate,
  newestRow,
  rowRanges,
  toPeft,
} from "@dylora/lora-core";
import { type Backend, meanSquaredError, softmaxCrossEntropy, useBackend } from "@dylora/tensor";
import { cpuBackend, leakGuard } from "@dylora/test-kit";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { batchOf, expectLogits, expectTrainingCase, openAdapted, openRoberta } from "./fixtures/golden-runs.ts";
import {
  encoderOutput,
  loadRoberta,
  maskedLanguageModel,
  positionIds,
  type RobertaHead,
  sequenceClassification,
} from "./index.ts";

const golden = await loadGolden("roberta-tiny");
const batch = batchOf(golden, "input_ids", "attention_mask");
const labels = golden.integers("labels");
const classes = (logits: Tensor2D) => softmaxCrossEntropy(logits, labels);
const r = golden.meta["r"] as number;
const ranks = Array.from({ length: r }, (_, index) => index + 1);

describe.each([cpuBackend(), wasmBackend()])("$id equals transformers and PEFT", (descriptor) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await useBackend(descriptor);
  });
  afterAll(() => backend.dispose());

  /** Runs on the base model of a folder. */
  async function onBase(
    folder: string,
    head: RobertaHead,
    run: (adapted: AdaptedModel) => Promise<void>,
    changes: Readonly<Record<string, unknown>> = {},
  ) {
    await leakGuard(async () => {
      const model = await openRoberta(golden, folder, head, changes);
      await run(attach(model, { rank: 1 }));
      model.dispose();
    });
  }

  /** Runs on a model with the adapter of another folder. */
  async function onAdapted(
    run: (adapted: AdaptedModel) => Promise<void>,
    adapter = "adapter",
    base = "base",
    head: RobertaHead = sequenceClassification(3),
  ) {
    await leakGuard(async () => {
      const adapted = await openAdapted(golden, base, adapter, head);
      await run(adapted);
      adapted.model.dispose();
    });
  }

  test.each([
    ["base", "base.logits"],
    ["base-bfloat16", "bfloat16.base.logits"],
    ["base-float16-sharded", "float16_sharded.base.logits"],
  ])("logits of %s", async (folder, name) => {
    await onBase(folder, sequenceClassification(3), (model) => expectLogits(model, batch, "base", golden, name));
  });

  test("a rank that is written for PEFT and read again computes the same", async () => {
    await onAdapted(async ({ model, adapter }) => {
      const files = encodePeftAdapter(toPeft(adapter, 2));
      const again = attach(model, fromPeft(model, await decodePeftAdapter(files)));
      await expectLogits(again, batch, "full", golden, "prefix.2.logits");
    });
  });

  test("hidden states of the embeddings and of every layer", async () => {
    const embeddingsOnly: RobertaHead = async ({ embeddings }) => ({
      parameters: [],
      forward: (_hidden, inputs, context) => embeddings.forward(inputs, context),
    });
    const padded = batchOf(golden, "padding.input_ids", "padding.attention_mask");
    for (const layer of [0, 1, 2]) {
      const head = layer === 0 ? embeddingsOnly : encoderOutput();
      const run = async (model: AdaptedModel) => {
        await expectLogits(model, batch, "base", golden, `base.hidden.${layer}`);
        await expectLogits(model, padded, "base", golden, `padding.base.hidden.${layer}`);
      };
      await onBase("base", head, run, { num_hidden_layers: Math.max(1, layer) });
    }
  });

  test("padding on any side, no padding, the longest and the shortest input", async () => {
    const padded = batchOf(golden, "padding.input_ids", "padding.attention_mask");
    expect([...positionIds(padded, 1)]).toEqual(golden.integers("padding.position_ids"));
    await onBase("base", sequenceClassification(3), async (model) => {
      await expectLogits(model, padded, "base", golden, "padding.base.logits");
      const unmasked = batchOf(golden, "padding.input_ids");
      await expectLogits(model, unmasked, "base", golden, "padding.unmasked.base.logits");
      for (const name of ["longest", "shortest"]) {
        const inputs = batchOf(golden, `${name}.input_ids`);
        await expectLogits(model, inputs, "base", golden, `${name}.base.logits`);
      }
    });
  });

  test("adapter: logits, loss and every gradient, also with label smoothing", async () => {
    const smoothing = golden.meta["label_smoothing"] as number;
    await onAdapted(async (model) => {
      await expectTrainingCase(model, batch, "full", classes, golden, "adapter.", "");
      const smooth = (logits: Tensor2D) => softmaxCrossEntropy(logits, labels, { labelSmoothing: smoothing });
      await expectTrainingCase(model, batch, "full", smooth, golden, "smooth.");
    });
  });

  test.each(ranks)("adapter cut to rank %i: logits, loss, gradients of both update modes", async (rank) => {
    await onAdapted(async (model) => {
      const prefix = `prefix.${rank}.`;
      const gradients = await expectTrainingCase(model, batch, { rank }, classes, golden, prefix);
      keepRanges(gradients, rowRanges(model.adapter, newestRow(ranks, rank), rank));
      const { entries } = model.adapter.parameters;
      expectGoldenParameters(entries, gradients, golden, `${prefix}frozen.grad.`, ["lora_A", "lora_B"]);
    });
  });

  test("a rank for every example", async () => {
    const view = { ranks: golden.meta["per_example_ranks"] as number[] };
    await onAdapted(async (model) => {
      await expectTrainingCase(model, batch, view, classes, golden, "gate.per_example.");
    });
  });

  test("Matryoshka's gate", async () => {
    const trained = golden.meta["matryoshka_ranks"] as number[];
    await onAdapted(async (model) => {
      const gate = matryoshkaGate(
        model.adapter.config,
        trained,
        trained.map(() => 1),
      );
      expect(gate).toEqual(golden.floats("gate.matryoshka.gate"));
      await expectTrainingCase(model, batch, { gate }, classes, golden, "gate.matryoshka.");
    });
  });

  test.each(ranks)("rank %i merged into weights that are read again", async (rank) => {
    await onAdapted(async (model) => {
      const merged = await model.merged(rank);
      await expectLogits(merged, batch, "full", golden, `prefix.${rank}.logits`);
      merged.model.dispose();
    });
  });

  test("merging after the weights were closed is refused in words", async () => {
    const { config, weights } = await openModelFolder(join(golden.folder, "base"));
    await leakGuard(async () => {
      const model = await loadRoberta({ config, weights, head: sequenceClassification(3) });
      await weights.close();
      await expect(attach(model, { rank: 1 }).merged()).rejects.toMatchObject({ code: "file_closed" });
      model.dispose();
    });
  });

  test("pairs on every linear layer", async () => {
    await onAdapted(async (model) => {
      await expectTrainingCase(model, batch, "full", classes, golden, "all_sites.");
    }, "adapter-all-sites");
  });

  test("rank and alpha patterns with rank-stabilised scaling", async () => {
    await onAdapted(async (model) => {
      await expectTrainingCase(model, batch, "full", classes, golden, "pattern.");
    }, "adapter-pattern");
  });

  test("regression", async () => {
    const loss = (logits: Tensor2D) => meanSquaredError(logits, golden.floats("regression.labels"));
    const run = async (model: AdaptedModel) => {
      await expectTrainingCase(model, batch, "full", loss, golden, "regression.");
    };
    await onAdapted(run, "adapter-regression", "masked-lm", sequenceClassification(1));
  });

  test("masked language model", async () => {
    const inputs = batchOf(golden, "masked_lm.input_ids", "attention_mask");
    const loss = (logits: Tensor2D) => softmaxCrossEntropy(logits, golden.integers("masked_lm.labels"));
    const run = async (model: AdaptedModel) => {
      await expectLogits(model, inputs, "base", golden, "masked_lm.base.logits");
      const { loss: baseLoss } = await model.gradients(inputs, loss, { view: "base" });
      expect(baseLoss).toBeCloseTo(golden.floats("masked_lm.base.loss")[0]!, 4);
      await expectTrainingCase(model, inputs, "full", loss, golden, "masked_lm.");
    };
    await onAdapted(run, "adapter-masked-lm", "masked-lm", maskedLanguageModel());
  });
});
