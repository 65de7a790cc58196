import { wasmBackend } from "@dylora/backend-wasm";
import { attach, type RankView } from "@dylora/lora-core";
import { type Backend, fusedKernels, softmaxCrossEntropy, useBackend } from "@dylora/tensor";
import { cpuBackend, expectAllClose, expectSameBits, leakGuard, seededValues } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { tinyBatch as batch, failingAt, tinyConfig, tinyWeights } from "./fixtures/tiny-weights.ts";
import {
  encoderOutput,
  type LoadRobertaOptions,
  loadRoberta,
  maskedLanguageModel,
  type Roberta,
  sequenceClassification,
} from "./index.ts";

const load = (options: Partial<LoadRobertaOptions> = {}): Promise<Roberta> =>
  loadRoberta({ config: tinyConfig, weights: tinyWeights(), head: sequenceClassification(3), ...options });

async function outputOf(model: Roberta, view: RankView = "base"): Promise<Float32Array> {
  const logits = attach(model, { rank: 1 }).forward(batch, { view });
  const values = (await logits.data()) as Float32Array;
  logits.dispose();
  return values.slice();
}

/** An adapter on every site of a model, far from its start. */
function adapted(model: Roberta, name = "trained") {
  const result = attach(model, { rank: 3, targets: "all-linear" });
  const { values } = result.adapter.parameters;
  values.set(seededValues(values.length, name, 0.3));
  return result;
}

describe.each([cpuBackend(), wasmBackend()])("$id", (descriptor) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await useBackend(descriptor);
  });
  afterAll(() => backend.dispose());

  describe("loads", () => {
    test("a bare encoder and a model with a head alike", async () => {
      const withHead = await load({ head: encoderOutput() });
      const bare = await load({
        head: encoderOutput(),
        weights: tinyWeights({}, (name) => name.replace("roberta.", "")),
      });
      expectSameBits(await outputOf(bare), await outputOf(withHead));
      expect(bare.sites).toEqual(withHead.sites);
      withHead.dispose();
      bare.dispose();
    });

    test("the classification head of the file, and says so", async () => {
      const model = await load();
      expect(model.head.map(({ name, shape, fresh }) => [name, shape, fresh])).toEqual([
        ["classifier.dense.weight", [8, 8], false],
        ["classifier.dense.bias", [8], false],
        ["classifier.out_proj.weight", [3, 8], false],
        ["classifier.out_proj.bias", [3], false],
      ]);
      expectSameBits(model.head[2]!.values, await tinyWeights().read("classifier.out_proj.weight", [3, 8]));
      model.dispose();
    });

    test("for another number of labels: a new projection, by seed, on the dense layer of the file", async () => {
      const models = await Promise.all([0, 0, 1].map((seed) => load({ head: sequenceClassification(5), seed })));
      const [model, again, other] = models;
      expect(model!.head.map(({ fresh }) => fresh)).toEqual([false, false, true, true]);
      expect(model!.head.map(({ shape }) => shape)).toEqual([[8, 8], [8], [5, 8], [5]]);
      const { values } = model!.head[2]!;
      expectSameBits(values, again!.head[2]!.values);
      expect(values).not.toEqual(other!.head[2]!.values);
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
      expect(deviation).toBeGreaterThan(0.01);
      expect(deviation).toBeLessThan(0.03);
      expect(model!.head[3]!.values.every((value) => value === 0)).toBe(true);
      for (const each of models) each[Symbol.dispose]();
    });

    test("a trained projection by the names of its classes: rows and biases move together", async () => {
      const labelled = { ...tinyConfig, id2label: { 0: "CONTRADICTION", 1: "NEUTRAL", 2: "ENTAILMENT" } };
      const plain = await load({ config: labelled });
      const named = await load({
        config: labelled,
        head: sequenceClassification(["entailment", "neutral", "contradiction"]),
      });
      const [before, after] = [await outputOf(plain), await outputOf(named)];
      expect(before).toHaveLength(2 * 3);
      expectSameBits(after, Float32Array.from([2, 1, 0, 5, 4, 3].map((at) => before[at]!)));
      expect(named.head.map(({ fresh }) => fresh)).toEqual([false, false, false, false]);
      expect([plain.warnings, named.warnings]).toEqual([
        [],
        [expect.stringMatching(/^tiny.safetensors: its head has/)],
      ]);
      const others = await load({ config: labelled, head: sequenceClassification(["a", "b", "c"]) });
      expect(others.head.map(({ fresh }) => fresh)).toEqual([false, false, true, true]);
      expect(others.warnings).toEqual([expect.stringMatching(/other classes .*CONTRADICTION.*\(a, b, c\)/)]);
      const five = await load({ config: labelled, head: sequenceClassification(["a", "b", "c", "d", "e"]) });
      expect(five.warnings).toEqual([expect.stringMatching(/has 3 outputs and the task 5 classes/)]);
      const bare = await load({
        head: sequenceClassification(["a", "b", "c"]),
        weights: tinyWeights({ "classifier.out_proj.weight": null, "classifier.out_proj.bias": null }),
      });
      expect(bare.warnings).toEqual([]);
      for (const model of [plain, named, others, five, bare]) model.dispose();
    });

    const [words, decoder] = ["roberta.embeddings.word_embeddings.weight", "lm_head.decoder.weight"];
    const untiedConfig = { ...tinyConfig, tie_word_embeddings: false };

    test("the token table as an output layer where it is one", async () => {
      const freeze = vi.spyOn(fusedKernels(), "freezeTable");
      const head = maskedLanguageModel();
      const models = [
        await load({ head, weights: tinyWeights({ [decoder]: null }) }),
        await load({ head, config: untiedConfig }),
        await load(),
      ];
      // tables of tokens, positions and token types
      const others = [false, false];
      const outputs = freeze.mock.calls.map(([, , output]) => output);
      expect(outputs).toEqual([true, ...others, false, ...others, false, ...others]);
      freeze.mockRestore();
      for (const model of models) model.dispose();
    });

    test("a tied output layer from a file that holds both, or one under either name", async () => {
      const variants = [
        tinyWeights({ [decoder]: null }),
        tinyWeights({}, (name) => name, { [decoder]: words }),
        tinyWeights({ [decoder]: null }, (name) => (name === words ? decoder : name)),
        tinyWeights({ [decoder]: null }, (name) => (name === "lm_head.bias" ? "lm_head.decoder.bias" : name)),
      ];
      const outputs: Float32Array[] = [];
      for (const weights of variants) {
        const model = await load({ head: maskedLanguageModel(), weights });
        expect(model.warnings).toEqual([]);
        outputs.push(await outputOf(model));
        model.dispose();
      }
      expect(outputs[0]).toHaveLength(10 * 20);
      for (const output of outputs) expectSameBits(output, outputs[0]!);
    });

    test("an output layer of its own where the configuration, or the file against it, says so", async () => {
      const untied = await load({ head: maskedLanguageModel(), config: untiedConfig });
      const against = await load({ head: maskedLanguageModel() });
      const tied = await load({ head: maskedLanguageModel(), weights: tinyWeights({ [decoder]: null }) });
      const equal = await load({
        head: maskedLanguageModel(),
        config: untiedConfig,
        weights: tinyWeights({}, (name) => name, { [decoder]: words }),
      });
      expect(untied.warnings).toEqual([]);
      expect(against.warnings).toEqual([
        expect.stringMatching(/^tiny.safetensors: lm_head.decoder.weight and roberta.embeddings.word_.* both are kept/),
      ]);
      expectSameBits(await outputOf(against), await outputOf(untied));
      expect(await outputOf(tied)).not.toEqual(await outputOf(untied));
      expectAllClose(await outputOf(equal), await outputOf(tied), { tolerance: 1e-6 });
      for (const model of [untied, against, tied, equal]) model.dispose();
      const missing = tinyWeights({ [decoder]: null });
      await expect(load({ head: maskedLanguageModel(), config: untiedConfig, weights: missing })).rejects.toMatchObject(
        { code: "missing_tensor", message: expect.stringContaining("tie_word_embeddings is false") },
      );
    });

    test("normalisations under their old names, and layers with and without the model's name in one file", async () => {
      const model = await load();
      const old = await load({
        weights: tinyWeights({}, (name) => {
          const norm = name
            .replace(/LayerNorm.weight$/, "LayerNorm.gamma")
            .replace(/LayerNorm.bias$/, "LayerNorm.beta");
          return norm.includes("layer.1") ? norm.replace("roberta.", "") : norm;
        }),
      });
      expectSameBits(await outputOf(old), await outputOf(model));
      for (const each of [model, old]) each.dispose();
    });
  });

  describe("merging", () => {
    test.each([1, 2, 3])("rank %i of pairs on every site gives what the view gives", async (rank) => {
      await leakGuard(async () => {
        const model = await load();
        const unmerged = adapted(model);
        const merged = await unmerged.merged(rank);
        const [one, two] = [unmerged.forward(batch, { view: { rank } }), merged.forward(batch)];
        expectAllClose(await two.data(), await one.data(), { tolerance: 1e-5 });
        tf.dispose([one, two]);
        merged.model.dispose();
        model.dispose();
      });
    });

    test("leaves the model as it is, and shares the layers it does not change", async () => {
      const model = await load();
      const before = await outputOf(model);
      const single = attach(model, { rank: 2, targets: ["layer.1.attention.self.value"] });
      single.adapter.parameters.values.fill(0.1);
      const count = tf.memory().numTensors;
      const merged = await single.merged();
      // Four matrices and biases and two normalisations: one layer of two.
      expect(tf.memory().numTensors - count).toBe(4 + 4 + 4);
      merged.model.dispose();
      expect(tf.memory().numTensors).toBe(count);
      expectSameBits(await outputOf(model), before);
      model.dispose();
    });

    test("on a merged model adds to what is merged", async () => {
      const model = await load();
      const first = await adapted(model).merged(2);
      const onTop = adapted(first.model as Roberta, "second");
      const both = await onTop.merged(1);
      const [one, two] = [onTop.forward(batch, { view: { rank: 1 } }), both.forward(batch)];
      expectAllClose(await two.data(), await one.data(), { tolerance: 1e-5 });
      tf.dispose([one, two]);
      for (const { dispose } of [both.model, first.model, model]) dispose();
    });

    test("refuses a site that is not there", async () => {
      const model = await load();
      const deltas = new Map([["roberta.encoder.layer.7.output.dense", new Float32Array(96)]]);
      await leakGuard(() => expect(model.withDeltas(deltas)).rejects.toMatchObject({ code: "unknown_target" }));
      model.dispose();
    });
  });

  describe("memory", () => {
    const views: RankView[] = ["full", "base", { rank: 2 }, { ranks: [1, 3] }, { gate: Float32Array.of(1, 2, 3) }];
    test.each(["inference", "training"])("is flat over forward and gradients in %s", async (mode) => {
      await leakGuard(async () => {
        const config = { ...tinyConfig, hidden_dropout_prob: 0.1, attention_probs_dropout_prob: 0.1 };
        const model = await load({ config });
        const { adapter } = adapted(model);
        const run = attach(model, { ...adapter, config: { ...adapter.config, dropout: 0.2 } });
        const options = mode === "training" ? { training: { seed: 1, step: 2 } } : {};
        // A backend prepares a frozen weight when it is first used; the model frees that.
        await run.gradients(batch, (logits) => softmaxCrossEntropy(logits, [1, 2]));
        for (const view of views) {
          await leakGuard(async () => {
            const logits = run.forward(batch, { ...options, view });
            expect(logits.shape).toEqual([2, 3]);
            logits.dispose();
            await run.gradients(batch, (own) => softmaxCrossEntropy(own, [0, 2]), { ...options, view });
          });
        }
        model.dispose();
      });
    });

    test("is given back when a load or a merge fails, at whichever tensor", async () => {
      for (const head of [sequenceClassification(3), maskedLanguageModel()]) {
        let reads = 0;
        for (let failed = true; failed; reads++) {
          const weights = failingAt(tinyWeights(), reads);
          failed = await leakGuard(async () => {
            const model = await load({ weights, head }).catch((error: Error) => error);
            if (model instanceof Error) expect(model.message).toBe("the disk is gone");
            else model.dispose();
            return model instanceof Error;
          });
        }
        expect(reads).toBeGreaterThan(35);
      }
      const loading = 5 + 2 * 16 + 4;
      for (let reads = loading; reads < loading + 32; reads++) {
        await leakGuard(async () => {
          const model = await load({ weights: failingAt(tinyWeights(), reads) });
          await expect(adapted(model).merged()).rejects.toThrow("the disk is gone");
          model.dispose();
        });
      }
    });

    test("is given back once, however often a model is disposed", async () => {
      await leakGuard(async () => {
        const model = await load();
        model.dispose();
        model.dispose();
      });
    });
  });
});
