import { wasmBackend } from "@dylora/backend-wasm";
import { tinyConfig, tinyGpt2, tinyWeights } from "@dylora/golden-suite";
import { memoryWeights, type WeightSource } from "@dylora/io";
import {
  type AdaptedModel,
  attach,
  type CausalInputs,
  causalInputs,
  type LoraConfig,
  type RankView,
} from "@dylora/lora-core";
import { type Backend, fusedKernels, softmaxCrossEntropy, useBackend } from "@dylora/tensor";
import { cpuBackend, expectAllClose, expectSameBits, leakGuard, seededValues } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { logitsOf } from "./fixtures/golden-runs.ts";
import { type Gpt2, loadGpt2 } from "./index.ts";

const batch = {
  inputIds: [3, 7, 1, 9, 4, 0, 2, 8, 8, 5, 6, 10, 0, 0, 0],
  attentionMask: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0],
  labels: [-100, -100, 1, 9, 4, -100, 2, 8, 8, 5, -100, 10, -100, -100, -100],
  size: 3,
  length: 5,
};
const labelled = causalInputs(batch);

/** A model with an adapter away from its start. */
async function trained(settings: Partial<LoraConfig>, changes = {}): Promise<AdaptedModel<CausalInputs>> {
  const adapted = attach(await tinyGpt2(changes), { rank: 3, alpha: 3, ...settings });
  const { values } = adapted.adapter.parameters;
  values.set(seededValues(values.length, "trained", 0.4));
  return adapted;
}

/** What a model gives without an adapter, and what it says about its files. */
async function baseLogits(weights: WeightSource, config: object = tinyConfig) {
  const model = await loadGpt2({ config, weights });
  const logits = await logitsOf(attach(model, { rank: 1 }), labelled, "base");
  model.dispose();
  return { logits, warnings: model.warnings, tiedOutput: model.config.tiedOutput };
}

async function lossOf(adapted: AdaptedModel<CausalInputs>, view: RankView): Promise<number> {
  const logits = await logitsOf(adapted, labelled, view);
  let sum = 0;
  labelled.labels.forEach((label, row) => {
    const own = logits.subarray(row * tinyConfig.vocab_size, (row + 1) * tinyConfig.vocab_size);
    sum += Math.log(own.reduce((total, value) => total + Math.exp(value), 0)) - (own[label] ?? Number.NaN);
  });
  return sum / labelled.labels.length;
}

describe.each([cpuBackend(), wasmBackend()])("$id", (descriptor) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await useBackend(descriptor);
  });
  afterAll(() => backend.dispose());

  const untiedConfig = { ...tinyConfig, tie_word_embeddings: false };

  test("the output layer's table is frozen as one, and no other", async () => {
    const freeze = vi.spyOn(fusedKernels(), "freezeTable");
    const tied = await tinyGpt2();
    const untied = await loadGpt2({ config: untiedConfig, weights: tinyWeights(tinyConfig, "wte.weight") });
    // tokens and positions, and for the second model its output layer
    expect(freeze.mock.calls.map(([, , output]) => output)).toEqual([true, false, false, false, true]);
    freeze.mockRestore();
    for (const model of [tied, untied]) model.dispose();
  });

  test("a tied output layer is taken from either name, and from a file that holds both alike", async () => {
    const own = await baseLogits(tinyWeights());
    expect(own.tiedOutput).toBe(true);
    for (const weights of [
      tinyWeights(tinyConfig, "wte.weight"),
      tinyWeights(tinyConfig, undefined, (name) => (name === "transformer.wte.weight" ? "lm_head.weight" : name)),
      tinyWeights(tinyConfig, undefined, (name) => name.replace("transformer.", "")),
      tinyWeights(tinyConfig, undefined, (name) => name.replace("transformer.h.1", "h.1")),
    ]) {
      const { logits, tiedOutput, warnings } = await baseLogits(weights);
      expectSameBits(logits, own.logits);
      expect([tiedOutput, warnings]).toEqual([true, []]);
    }
  });

  test("an output layer that the file holds against its configuration is kept, and said", async () => {
    const weights = tinyWeights(tinyConfig, "another");
    const [against, untied] = [await baseLogits(weights), await baseLogits(weights, untiedConfig)];
    expectSameBits(against.logits, untied.logits);
    expect([against.tiedOutput, untied.tiedOutput, untied.warnings]).toEqual([false, false, []]);
    expect(against.warnings).toEqual([
      "tiny.safetensors: lm_head.weight and transformer.wte.weight differ though config.json ties them " +
        "(tie_word_embeddings); both are kept, as transformers 5 does",
    ]);
    const missing = { config: untiedConfig, weights: tinyWeights() };
    await expect(loadGpt2(missing)).rejects.toMatchObject({
      code: "missing_tensor",
      message: expect.stringMatching(/no tensor "lm_head.weight".*tie_word_embeddings is false/),
    });
  });

  test.each<[string, Partial<LoraConfig>, RankView]>([
    ["whole c_attn, full", {}, "full"],
    ["whole c_attn, rank 2", {}, { rank: 2 }],
    ["parts q and v, a rank for each example", { targets: ["c_attn.q", "c_attn.v"] }, { ranks: [3, 0, 1] }],
    ["every layer", { targets: "all-linear", rank: 1 }, "full"],
  ])("gradient check: %s", async (_, settings, view) => {
    const adapted = await trained(settings);
    const { values } = adapted.adapter.parameters;
    const { loss, gradients } = await adapted.gradients(
      labelled,
      (logits) => softmaxCrossEntropy(logits, labelled.labels),
      { view },
    );
    expect(loss).toBeCloseTo(await lossOf(adapted, view), 5);
    const step = 1 / 64;
    // A sample of the parameters, each by its central difference.
    const places = Array.from({ length: 60 }, (_, k) => Math.floor((k * values.length) / 60));
    const slopes: number[] = [];
    for (const place of places) {
      const value = values[place] as number;
      values[place] = value + step;
      const above = await lossOf(adapted, view);
      values[place] = value - step;
      slopes.push((above - (await lossOf(adapted, view))) / (2 * step));
      values[place] = value;
    }
    expect(slopes.some((slope) => Math.abs(slope) > 0.01)).toBe(true);
    expectAllClose(
      places.map((place) => gradients[place] as number),
      slopes,
      { tolerance: 1e-3 },
    );
    adapted.model.dispose();
  });

  test("forward, gradients, continuing and merging leave nothing; dropout included", async () => {
    const dropouts = { attn_pdrop: 0.2, embd_pdrop: 0.2, resid_pdrop: 0.2 };
    await leakGuard(async () => {
      const adapted = await trained({ targets: "all-linear", dropout: 0.2 }, dropouts);
      const loss = (logits: tf.Tensor2D) => softmaxCrossEntropy(logits, labelled.labels);
      const training = { seed: 1, step: 2 };
      const first = await adapted.gradients(labelled, loss, { training });
      for (const view of ["full", "base", { rank: 2 }, { ranks: [3, 1, 0] }] as RankView[]) {
        await leakGuard(() => logitsOf(adapted, batch, view));
        await leakGuard(() => adapted.gradients(labelled, loss, { view, training }));
      }
      expectSameBits((await adapted.gradients(labelled, loss, { training })).gradients, first.gradients);
      const other = await adapted.gradients(labelled, loss, { training: { seed: 1, step: 3 } });
      expect(other.loss).not.toBe(first.loss);
      (await adapted.merged(2)).model.dispose();
      adapted.model.dispose();
      adapted.model.dispose();
    });
  });

  test.each([
    ["a token at a time", [1, 1, 1, 1, 1]],
    ["in pieces", [2, 3]],
    ["at once", [5]],
  ])("continued %s, the logits are those of the whole", async (_, pieces) => {
    const left = {
      ...batch,
      inputIds: [3, 7, 1, 9, 4, 0, 2, 8, 8, 5, 0, 0, 0, 6, 10],
      attentionMask: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1],
    };
    const view = { ranks: [3, 0, 2] };
    await leakGuard(async () => {
      const adapted = await trained({ targets: "all-linear" });
      const model = adapted.model as Gpt2;
      const wanted = await logitsOf(adapted, left, view);
      const { context, dispose } = adapted.bind(view, 3);
      let cache: ReturnType<Gpt2["continueFrom"]>["cache"] | undefined;
      for (const length of pieces) {
        const from = cache?.length ?? 0;
        const cut = (values: readonly number[]) =>
          [0, 1, 2].flatMap((row) => values.slice(row * 5 + from, row * 5 + from + length));
        const inputs = { inputIds: cut(left.inputIds), attentionMask: cut(left.attentionMask), size: 3, length };
        const next = model.continueFrom(inputs, context, cache);
        cache?.dispose();
        cache = next.cache;
        const logits = (await next.logits.data()) as Float32Array;
        for (const [at, counts] of inputs.attentionMask.entries()) {
          if (counts === 0) continue;
          const row = Math.floor(at / length) * 5 + from + (at % length);
          const own = (values: Float32Array, index: number) => values.slice(index * 11, (index + 1) * 11);
          expectAllClose(own(logits, at), own(wanted, row), { tolerance: 1e-4 });
        }
        next.logits.dispose();
      }
      cache?.dispose();
      cache?.dispose();
      dispose();
      model.dispose();
    });
  });
});

describe("on cpu", () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await useBackend(cpuBackend());
  });
  afterAll(() => backend.dispose());

  test("texts of a cache can be left out, doubled and reordered", async () => {
    const adapted = attach(await tinyGpt2(), { rank: 1 });
    const model = adapted.model as Gpt2;
    const { context } = adapted.bind("base", 1);
    const prompts = { inputIds: [3, 7, 0, 4, 5, 6], attentionMask: [1, 1, 0, 1, 1, 1], size: 3, length: 2 };
    const one = (ids: number[]) => ({ inputIds: ids, attentionMask: ids.map(() => 1), size: ids.length, length: 1 });
    await leakGuard(async () => {
      const { logits, cache } = model.continueFrom(prompts, context, undefined);
      const straight = model.continueFrom(one([1, 2, 9]), context, cache);
      const selected = cache.select([2, 0, 0, 1]);
      expect([selected.size, selected.length, ...selected.attentionMask]).toEqual([4, 2, 1, 1, 1, 1, 1, 1, 0, 1]);
      const moved = model.continueFrom(one([9, 1, 1, 2]), context, selected);
      const rows = (await straight.logits.array()) as number[][];
      const wanted = [rows[2], rows[0], rows[0], rows[1]].flatMap((row) => row ?? []);
      expectAllClose(await moved.logits.data(), wanted, { tolerance: 1e-5 });
      expect(() => cache.select([3])).toThrow(expect.objectContaining({ code: "id_out_of_range" }));
      expect(() => cache.select([])).toThrow(expect.objectContaining({ code: "id_out_of_range" }));
      expect(() => model.continueFrom(one([1]), context, cache)).toThrow(
        expect.objectContaining({ code: "bad_shape" }),
      );
      tf.dispose([logits, straight.logits, moved.logits]);
      for (const held of [cache, straight.cache, selected, moved.cache]) held.dispose();
    });
  });

  test("a continuation that fails frees what it made", async () => {
    const adapted = attach(await tinyGpt2(), { rank: 1 });
    const model = adapted.model as Gpt2;
    const { context } = adapted.bind("base", 1);
    const inputs = { inputIds: [3], attentionMask: [1], size: 1, length: 1 };
    await leakGuard(() => {
      expect(() => model.continueFrom({ ...inputs, outputRows: [7] }, context, undefined)).toThrow(/row 7/);
      expect(() => model.continueFrom({ ...inputs, inputIds: [99] }, context, undefined)).toThrow(/token id 99/);
      const failing = { ...context, adapter: (path: string) => (path.includes("h.1") ? fail() : undefined) };
      expect(() => model.continueFrom(inputs, failing, undefined)).toThrow("broken adapter");
    });
    function fail(): never {
      throw new Error("broken adapter");
    }
  });

  test("a text longer than the context is refused, also in pieces", async () => {
    const adapted = attach(await tinyGpt2(), { rank: 1 });
    const model = adapted.model as Gpt2;
    const ones = (length: number) => ({
      inputIds: new Array(length).fill(1),
      attentionMask: new Array(length).fill(1),
      size: 1,
      length,
    });
    const { context } = adapted.bind("base", 1);
    expect(() => adapted.forward(ones(13))).toThrow(/13 tokens; this model takes 12/);
    const { cache, logits } = model.continueFrom(ones(12), context, undefined);
    expect(() => model.continueFrom(ones(1), context, cache)).toThrow(/13 tokens; this model takes 12/);
    cache.dispose();
    logits.dispose();
  });

  test("a load that fails half-way frees what it had read", async () => {
    const whole = tinyWeights();
    const names = whole.names().filter((name) => !name.startsWith("transformer.h.1.mlp.c_proj"));
    const tensors = await Promise.all(
      names.map(async (name) => {
        const shape = whole.shape(name);
        return [name, { shape, data: await whole.read(name, shape) }] as const;
      }),
    );
    const weights: WeightSource = memoryWeights(new Map(tensors));
    await leakGuard(() =>
      expect(loadGpt2({ config: tinyConfig, weights })).rejects.toMatchObject({ code: "missing_tensor" }),
    );
    await leakGuard(() =>
      expect(loadGpt2({ config: { ...tinyConfig, n_embd: 16 }, weights: whole })).rejects.toMatchObject({
        code: "tensor_shape",
      }),
    );
  });

  test("merging refuses a site it does not have", async () => {
    const model = await tinyGpt2();
    const deltas = new Map([["transformer.h.7.attn.c_attn", new Float32Array(8 * 24)]]);
    await leakGuard(() => expect(model.withDeltas(deltas)).rejects.toMatchObject({ code: "unknown_target" }));
  });
});
