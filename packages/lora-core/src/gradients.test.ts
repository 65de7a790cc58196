import { type Backend, useBackend } from "@dylora/tensor";
import { cpuBackend, expectAllClose, expectSameBits, leakGuard } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AdaptedModel } from "./adapted-model.ts";
import { examplesOf, type TinyBatch } from "./fixtures/tiny-model.ts";
import { batch, loss, trained } from "./fixtures/trained.ts";
import type { RankView } from "./rank-view.ts";
import type { StepContext } from "./step-context.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await useBackend(cpuBackend());
});
afterAll(() => backend.dispose());

describe("gradients", () => {
  test.each<[string, RankView]>([
    ["full", "full"],
    ["rank", { rank: 2 }],
    ["ranks", { ranks: [1, 3, 0, 4] }],
    ["gate", { gate: Float32Array.of(1.5, -0.5, 0, 2) }],
  ])("view %s: central differences, in the flat layout", async (_, view) => {
    const adapted = trained({ targets: ["c_attn.q", "c_attn.v", "output.dense"] });
    const { values } = adapted.adapter.parameters;
    const result = await adapted.gradients(batch, loss, { view });
    const lossNow = async () => {
      const logits = adapted.forward(batch, { view });
      const scalar = tf.tidy(() => loss(logits));
      const [value = Number.NaN] = await scalar.data();
      tf.dispose([logits, scalar]);
      return value;
    };
    expect(result.loss).toBeCloseTo(await lossNow(), 6);
    const step = 1 / 64;
    const numeric = new Float32Array(values.length);
    for (const [index, value] of [...values].entries()) {
      values[index] = value + step;
      const above = await lossNow();
      values[index] = value - step;
      numeric[index] = (above - (await lossNow())) / (2 * step);
      values[index] = value;
    }
    expectAllClose(result.gradients, numeric, { tolerance: 3e-4 });
    adapted.model.dispose();
  });

  test("are zero above the rank of the view", async () => {
    const adapted = trained();
    const { gradients } = await adapted.gradients(batch, loss, { view: { rank: 3 } });
    for (const { offset, size, shape, kind } of adapted.adapter.parameters.entries) {
      const own = gradients.subarray(offset, offset + size);
      const trainedRows = kind === "full" ? shape[0]! : 3;
      const columns = size / shape[0]!;
      expect(own.subarray(0, trainedRows * columns).every((value) => value !== 0)).toBe(true);
      expect(own.subarray(trainedRows * columns).every((value) => value === 0)).toBe(true);
    }
    adapted.model.dispose();
  });

  test("the view base has a loss and no gradient", async () => {
    const adapted = trained();
    const { loss: value, gradients } = await adapted.gradients(batch, loss, { view: "base" });
    expect(value).toBeGreaterThan(0);
    expectSameBits(gradients, new Float32Array(gradients.length));
    adapted.model.dispose();
  });
});

describe("dropout in training", () => {
  const place: StepContext = { seed: 3, step: 5 };
  const inTraining = (adapted: AdaptedModel<TinyBatch>, training = place, inputs = batch) =>
    adapted.gradients(inputs, (logits) => tf.sum(logits), { training });

  test("the same place gives the same bits, another step or seed other ones", async () => {
    const adapted = trained({ dropout: 0.4 });
    const first = await inTraining(adapted);
    const again = await inTraining(adapted);
    expectSameBits(again.gradients, first.gradients);
    for (const other of [
      { ...place, step: 6 },
      { ...place, seed: 4 },
    ]) {
      expect((await inTraining(adapted, other)).loss).not.toBe(first.loss);
    }
    const { loss: without } = await adapted.gradients(batch, (logits) => tf.sum(logits));
    expect(without).not.toBe(first.loss);
    adapted.model.dispose();
  });

  test("micro-batches draw the masks of the whole batch", async () => {
    const adapted = trained({ dropout: 0.4 });
    const whole = await inTraining(adapted);
    const halves = await Promise.all(
      [0, 1, 3].map((from, i, starts) => {
        const part = examplesOf(batch, from, starts[i + 1] ?? batch.size);
        return inTraining(adapted, { ...place, firstExample: from }, part);
      }),
    );
    expect(halves.reduce((sum, half) => sum + half.loss, 0)).toBeCloseTo(whole.loss, 5);
    const sum = whole.gradients.map((_, i) => halves.reduce((total, half) => total + half.gradients[i]!, 0));
    expectAllClose(sum, whole.gradients, { tolerance: 1e-6 });
    adapted.model.dispose();
  });

  test("of the pairs alone is off where the model has none", async () => {
    const adapted = trained({ dropout: 0.5 });
    const forward = adapted.forward(batch, { training: place, view: { ranks: [0, 0, 0, 0] } });
    const other = adapted.forward(batch, { training: place, view: { ranks: [4, 4, 4, 4] } });
    expect(await forward.data()).not.toEqual(await other.data());
    tf.dispose([forward, other]);
    adapted.model.dispose();
  });

  test.each([
    { seed: 0.5, step: 0 },
    { seed: 0, step: -1 },
    { seed: 0, step: Number.NaN },
    { seed: 0, step: 0, firstExample: 1.5 },
  ])("a place %o is refused", async (training) => {
    const adapted = trained();
    await leakGuard(() => {
      expect(() => adapted.forward(batch, { training })).toThrow(/it must be a whole number/);
    });
    adapted.model.dispose();
  });
});
