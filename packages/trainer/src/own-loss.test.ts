import { readFileSync } from "node:fs";
import { useBackend, valueAndGradients } from "@dylora/tensor";
import { cpuBackend, expectAllClose, leakGuard, reference, seededValues } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { distillation, focal, weighted } from "./fixtures/own-losses.ts";
import { classification, type LabelledBatch } from "./objective.ts";

let stop: () => void;
beforeAll(async () => {
  const backend = await useBackend(cpuBackend());
  stop = () => backend.dispose();
});
afterAll(() => stop());

const labels = [2, 0, -100, 1, 2];
const batch: LabelledBatch = { inputIds: [], attentionMask: [], size: 5, length: 0, labels };
const numbers = seededValues(15, "logits", 3);
const weights = [0.5, 3, 1.25];

/** The logarithms of the softmax of each row, in float64. */
const logSoftmax = (x: Float64Array): number[][] =>
  labels.map((_, row) => {
    const logits = [...x.subarray(3 * row, 3 * row + 3)];
    const sum = logits.reduce((all, value) => all + Math.exp(value), 0);
    return logits.map((value) => value - Math.log(sum));
  });

/** The mean over rows that have a label, weighed. */
function mean(x: Float64Array, each: (logP: number, label: number) => number, weightOf: (label: number) => number) {
  let [sum, all] = [0, 0];
  for (const [row, logP] of logSoftmax(x).entries()) {
    const label = labels[row] as number;
    if (label < 0) continue;
    sum += weightOf(label) * each(logP[label] as number, label);
    all += weightOf(label);
  }
  return sum / all;
}

const cases = [
  [
    "class weights",
    weighted(weights),
    (x: Float64Array) =>
      mean(
        x,
        (logP) => -logP,
        (label) => weights[label] as number,
      ),
    0.5 + 3 + 2 * 1.25,
  ],
  [
    "focal loss",
    focal({ gamma: 2 }),
    (x: Float64Array) =>
      mean(
        x,
        (logP) => -((1 - Math.exp(logP)) ** 2) * logP,
        () => 1,
      ),
    4,
  ],
] as const;

test.each(cases)("%s: value, weight and gradient equal float64", async (_, objective, closedForm, weight) => {
  await leakGuard(async () => {
    const logits = tf.tensor2d(numbers, [5, 3]);
    const { value, gradients } = await valueAndGradients(() => objective.loss(logits, batch), [logits]);
    const x = Float64Array.from(numbers);
    expectAllClose([value], [closedForm(x)], { tolerance: 1e-6 });
    expectAllClose(
      gradients[0] ?? [],
      reference.finiteDifferences(() => closedForm(x), x),
      { tolerance: 1e-6 },
    );
    expect(objective.weight(batch)).toBe(weight);
    logits.dispose();
  });
});

test("focal loss with γ = 0 and equal class weights are cross-entropy", async () => {
  await leakGuard(async () => {
    const logits = tf.tensor2d(numbers, [5, 3]);
    const value = async (objective: (typeof cases)[number][1]) =>
      (await valueAndGradients(() => objective.loss(logits, batch), [logits])).value;
    const expected = await value(classification());
    expect(await value(focal({ gamma: 0 }))).toBeCloseTo(expected, 6);
    expect(await value(weighted([2, 2, 2]))).toBeCloseTo(expected, 6);
    logits.dispose();
  });
});

test("distillation: the gradient is T · (softmax(student / T) − softmax(teacher / T)) / texts, in float64", async () => {
  await leakGuard(async () => {
    const [logits, teacher] = [tf.tensor2d(numbers, [5, 3]), tf.tensor2d(seededValues(15, "teacher", 2), [5, 3])];
    const soft = (x: ArrayLike<number>) =>
      logSoftmax(Float64Array.from(x, (value) => value / 2))
        .flat()
        .map(Math.exp);
    const objective = distillation(() => tf.clone(teacher), 2);
    const { gradients } = await valueAndGradients(() => objective.loss(logits, batch), [logits]);
    const target = soft(await teacher.data());
    const expected = soft(numbers).map((p, i) => (2 * (p - (target[i] as number))) / 5);
    expectAllClose(gradients[0] ?? [], expected, { tolerance: 1e-6 });
    tf.dispose([logits, teacher]);
  });
});

test("the page shows the losses that are tested here", () => {
  const page = readFileSync(new URL("../../../docs/your-own-loss.md", import.meta.url), "utf8");
  const source = readFileSync(new URL("./fixtures/own-losses.ts", import.meta.url), "utf8");
  const losses = source
    .replaceAll("export function", "function")
    .split(/(?=^\/\*\* )/m)
    .slice(1);
  expect(losses).toHaveLength(4);
  for (const loss of losses) expect(page).toContain(loss.trim());
});
