import { ConfigError } from "@dylora/errors";
import { cpuBackend, leakGuard } from "@dylora/test-kit";
import type { Scalar } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { useBackend } from "../backend/use-backend.ts";
import type { Backend } from "../contract/backend.ts";
import { softmaxCrossEntropy } from "../ops/cross-entropy.ts";
import { gelu } from "../ops/gelu.ts";
import { valueAndGradients } from "./value-and-gradients.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await useBackend(cpuBackend());
});
afterAll(() => backend.dispose());

test("gradients come in the order asked for, zeros where the loss does not depend on a tensor", async () => {
  const [a, b, c] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4]), tf.tensor1d([5, 6, 7])];
  await leakGuard(async () => {
    const { value, gradients } = await valueAndGradients(() => tf.sum(tf.mul(a, b)) as Scalar, [c, b, a, b]);
    expect(value).toBe(11);
    expect(gradients.map((gradient) => [...gradient])).toEqual([
      [0, 0, 0],
      [1, 2],
      [3, 4],
      [1, 2],
    ]);
  });
  tf.dispose([a, b, c]);
});

test("a tensor used in many places sums its gradients, also through copies", async () => {
  const x = tf.tensor1d([2]);
  await leakGuard(async () => {
    const { gradients } = await valueAndGradients(() => {
      const copy = tf.clone(x);
      return tf.sum(tf.add(tf.add(copy, x), tf.mul(tf.clone(copy), copy))) as Scalar;
    }, [x]);
    expect(gradients[0]?.[0]).toBe(6);
  });
  x.dispose();
});

test("a loss that throws leaves nothing allocated, and the next one is unharmed", async () => {
  const logits = tf.tensor2d([[0, 0]]);
  await leakGuard(async () => {
    const loss = () => softmaxCrossEntropy(tf.add(gelu(logits), gelu(logits)), [7]);
    await expect(valueAndGradients(loss, [logits])).rejects.toThrow(ConfigError);
  });
  await leakGuard(async () => {
    const { value, gradients } = await valueAndGradients(() => softmaxCrossEntropy(logits, [1]), [logits]);
    expect(value).toBeCloseTo(Math.LN2, 6);
    expect([...(gradients[0] ?? [])]).toEqual([0.5, -0.5]);
  });
  logits.dispose();
});

test("a loss without a gradient on the way throws and leaves nothing allocated", async () => {
  const x = tf.tensor1d([0.5]);
  await leakGuard(async () => {
    const ranked = () => tf.sum(tf.topk(gelu(x), 1).values) as Scalar;
    await expect(valueAndGradients(ranked, [x])).rejects.toMatchObject({
      code: "no_gradient",
      message: expect.stringContaining("tfjs's op TopK, which has no gradient"),
    });
  });
  x.dispose();
});
