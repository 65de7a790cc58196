import { join } from "node:path";
import { wasmBackend } from "@dylora/backend-wasm";
import { expectGolden, expectGoldenParameters, loadGolden } from "@dylora/golden-suite";
import type { WeightSource } from "@dylora/io";
import { openModelFolder, readPeftAdapter } from "@dylora/io/node";
import type { CausalInputs, CausalTrainingInputs } from "@dylora/lora-core";
import { type AdaptedModel, attach, createAdapter, fromPeft, keepRanges, rowRanges, toPeft } from "@dylora/lora-core";
import { type Backend, useBackend } from "@dylora/tensor";
import { cpuBackend, expectAllClose, leakGuard, reference } from "@dylora/test-kit";
import { classification, type TrainOptions, train } from "@dylora/trainer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  batchOf,
  expectTrainingCase,
  logitsOf,
  onAdapted,
  onBase,
  openGpt2,
  trainingBatchOf,
} from "./fixtures/golden-runs.ts";
import { loadGpt2 } from "./index.ts";

const golden = await loadGolden("gpt2-tiny");
const batch = batchOf(golden, "input_ids", "attention_mask");
const labelled = trainingBatchOf(golden);
const vocabulary = 99;
const r = golden.meta["r"] as number;
const ranks = Array.from({ length: r }, (_, index) => index + 1);

describe.each([cpuBackend(), wasmBackend()])("$id equals transformers and PEFT", (descriptor) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await useBackend(descriptor);
  });
  afterAll(() => backend.dispose());

  test.each([
    ["base", "base.logits"],
    ["base-hub-layout", "hub_layout.base.logits"],
    ["base-untied", "untied.base.logits"],
  ])("logits of %s", async (folder, name) => {
    await onBase(golden, folder, async (model) => {
      expectGolden(await logitsOf(model, batch, "base"), golden, name);
    });
  });

  test.each([
    ["the embeddings", "base.hidden.0", true],
    ["the first block", "base.hidden.1", false],
  ])("hidden states after %s, through the last norm and the output layer", async (_, name, silent) => {
    const { config, weights } = await openModelFolder(join(golden.folder, "base"));
    // A block whose projections give nothing passes on what it gets.
    const source = (own: WeightSource): WeightSource => ({
      ...own,
      at: (path) => source(own.at(path)),
      read: async (path, shape) => {
        const values = await own.read(path, shape);
        return silent && path.includes("c_proj") ? values.fill(0) : values;
      },
    });
    await leakGuard(async () => {
      const model = await loadGpt2({ config: { ...config, n_layer: 1 }, weights: source(weights) });
      const [rows, size] = [33, 32];
      const read = async (path: string, shape: readonly number[]) =>
        Float64Array.from(await weights.read(`transformer.${path}.weight`, shape));
      const beta = await weights.read("transformer.ln_f.bias", [size]);
      const hidden = reference.matrix(rows, size, golden.floats(name));
      const normed = reference.layerNorm(hidden, await read("ln_f", [size]), beta, 1e-5);
      const table = reference.matrix(vocabulary, size, await read("wte", [vocabulary, size]));
      const { values } = reference.multiply(normed, reference.transpose(table));
      expectAllClose(await logitsOf(attach(model, { rank: 1 }), batch, "base"), values, { tolerance: 1e-5 });
      model.dispose();
    });
    await weights.close();
  });

  test("padding on the left", async () => {
    await onBase(golden, "base", async (model) => {
      const left = batchOf(golden, "left_padding.input_ids", "left_padding.attention_mask");
      const logits = await logitsOf(model, left, "base");
      const kept = logits.map((value, at) => value * (left.attentionMask[Math.floor(at / vocabulary)] ?? 0));
      expectGolden(kept, golden, "left_padding.base.logits");
    });
  });

  test("the longest text: logits at its last positions alone", async () => {
    await onBase(golden, "base", async (model) => {
      const longest = batchOf(golden, "longest.input_ids");
      const outputRows = [longest.length - 3, longest.length - 2, longest.length - 1];
      expectGolden(await logitsOf(model, { ...longest, outputRows }, "base"), golden, "longest.base.last_logits");
    });
  });

  test("adapter: logits, loss and every gradient, also with label smoothing", async () => {
    const labelSmoothing = golden.meta["label_smoothing"] as number;
    await onAdapted(golden, "adapter", async (model) => {
      expectGolden(await logitsOf(model, batch, "full"), golden, "adapter.logits");
      await expectTrainingCase(model, labelled, "full", golden, "adapter.", { gradientPrefix: "" });
      await expectTrainingCase(model, labelled, "full", golden, "smooth.", { labelSmoothing });
    });
  });

  test.each(ranks)("adapter cut to rank %i: logits, loss, gradients of both update modes", async (rank) => {
    await onAdapted(golden, "adapter", async (model) => {
      const prefix = `prefix.${rank}.`;
      expectGolden(await logitsOf(model, batch, { rank }), golden, `${prefix}logits`);
      const gradients = await expectTrainingCase(model, labelled, { rank }, golden, prefix);
      keepRanges(gradients, rowRanges(model.adapter, rank, rank));
      const { entries } = model.adapter.parameters;
      expectGoldenParameters(entries, gradients, golden, `${prefix}frozen.grad.`);
    });
  });

  test("a rank for every example", async () => {
    const view = { ranks: golden.meta["per_example_ranks"] as number[] };
    await onAdapted(golden, "adapter", async (model) => {
      expectGolden(await logitsOf(model, batch, view), golden, "gate.per_example.logits");
      await expectTrainingCase(model, labelled, view, golden, "gate.per_example.");
    });
  });

  test("pairs on every linear layer", async () => {
    await onAdapted(golden, "adapter-all-sites", async (model) => {
      expectGolden(await logitsOf(model, batch, "full"), golden, "all_sites.logits");
      await expectTrainingCase(model, labelled, "full", golden, "all_sites.");
    });
  });

  test.each([
    ["full", "train.full."],
    ["frozen-reference", "train.frozen_reference."],
    ["frozen", "train.frozen_strict."],
  ] as const)("ten training steps in mode %s", async (updateMode, prefix) => {
    const { lr, weight_decay } = golden.meta["optimizer"] as { lr: number; weight_decay: number };
    const drawn = golden.meta["ranks"] as number[];
    await onAdapted(golden, "adapter", async (adapted) => {
      const options: TrainOptions<CausalTrainingInputs> = {
        adapted,
        data: { batch: () => labelled },
        objective: classification(),
        sampler: {
          distribution: { name: "listed", ranks, pmf: ranks.map(() => 1 / ranks.length) },
          rankAt: (step) => drawn[step] ?? 1,
          state: () => null,
          restore: () => {},
        },
        steps: 10,
        learningRate: lr,
        optimizer: { weightDecay: weight_decay },
        updateMode,
      };
      const losses: number[] = [];
      for await (const event of train(options)) if (event.type === "step") losses.push(event.loss);
      expectAllClose(losses, golden.floats(`${prefix}losses`), { tolerance: 1e-4 });
      const { entries, values } = adapted.adapter.parameters;
      expectGoldenParameters(entries, values, golden, `${prefix}end.`);
    });
  });

  describe("parts q and v of c_attn", () => {
    /** The model with the golden pairs on its parts. */
    async function onParts(run: (adapted: AdaptedModel<CausalInputs>) => Promise<void>): Promise<void> {
      await leakGuard(async () => {
        const model = await openGpt2(golden, "base");
        const alpha = golden.meta["alpha"] as number;
        const adapter = createAdapter(model, { rank: r, alpha, targets: ["c_attn.q", "c_attn.v"] });
        for (const { target, nameA, nameB } of adapter.pairs) {
          const name = target.path.replace("transformer.", "parts.");
          const B = golden.floats(`${name}.lora_B`);
          const { size } = adapter.parameters.entry(nameB);
          const width = size / r;
          adapter.parameters.set(nameA, golden.floats(`${name}.lora_A`));
          adapter.parameters.set(
            nameB,
            B.map((_, at) => B[(at % width) * r + Math.floor(at / width)] ?? Number.NaN),
          );
        }
        await run(attach(model, adapter));
        model.dispose();
      });
    }

    test.each(ranks)("at rank %i", async (rank) => {
      await onParts(async (adapted) => {
        expect(adapted.adapter.pairs.length).toBe(4);
        expectGolden(await logitsOf(adapted, batch, { rank }), golden, `parts.prefix.${rank}.logits`);
      });
    });

    test("exported at rank b: an adapter of c_attn whose first 2 c ranks are rank c of the parts", async () => {
      await onParts(async (adapted) => {
        for (const rank of ranks) {
          const peft = toPeft(adapted.adapter, rank);
          expect(peft.config.r).toBe(2 * rank);
          const whole = attach(adapted.model, fromPeft(adapted.model, peft));
          expect(whole.adapter.pairs.map(({ target }) => target.part)).toEqual([undefined, undefined]);
          for (let prefix = 1; prefix <= rank; prefix++) {
            const logits = await logitsOf(whole, batch, { rank: 2 * prefix });
            expectGolden(logits, golden, `parts.prefix.${prefix}.logits`);
          }
        }
      });
    });

    test("merged at every rank", async () => {
      await leakGuard(async () => {
        const { config, weights } = await openModelFolder(join(golden.folder, "base"));
        const model = await loadGpt2({ config, weights });
        const adapter = fromPeft(model, await readPeftAdapter(join(golden.folder, "adapter-all-sites")));
        const adapted = attach(model, adapter);
        for (let rank = 1; rank <= adapter.maxRank; rank++) {
          const merged = await adapted.merged(rank);
          const wanted = await logitsOf(adapted, batch, { rank });
          expectAllClose(await logitsOf(merged, batch, "full"), wanted, { tolerance: 1e-5 });
          merged.model.dispose();
        }
        model.dispose();
        await weights.close();
      });
    });
  });
});
