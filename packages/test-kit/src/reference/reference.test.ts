import { expect, test } from "vitest";
import * as reference from "./index.ts";

// mpmath 1.3, 30 digits.
const erfValues = [
  [1e-10, 1.1283791670955126e-10],
  [0.001, 0.0011283787909692365],
  [0.1, 0.11246291601828488],
  [0.5, 0.5204998778130465],
  [1, 0.8427007929497149],
  [1.5, 0.9661051464753106],
  [2, 0.9953222650189527],
  [2.4, 0.999311486103355],
  [2.5, 0.999593047982555],
  [2.6, 0.9997639655834707],
  [3, 0.9999779095030014],
  [4, 0.9999999845827421],
  [5, 0.9999999999984625],
  [6, 1],
] as const;

test.each(erfValues)("erf(%d) is exact to double precision", (x, expected) => {
  for (const sign of [1, -1]) {
    expect(Math.abs(reference.erf(sign * x) - sign * expected)).toBeLessThanOrEqual(4e-16 * expected);
  }
});

test("erf of special numbers", () => {
  expect(reference.erf(0)).toBe(0);
  expect(reference.erf(Number.NaN)).toBeNaN();
  expect(reference.erf(Number.POSITIVE_INFINITY)).toBe(1);
  expect(reference.erf(Number.NEGATIVE_INFINITY)).toBe(-1);
});

test("finite differences find the derivative of a known function and put its argument back", () => {
  const x = Float64Array.of(0.3, -1.2, 2);
  const f = () => Math.sin(x[0] as number) * Math.exp(x[1] as number) + (x[2] as number) ** 3;
  const gradient = reference.finiteDifferences(f, x);
  const expected = [Math.cos(0.3) * Math.exp(-1.2), Math.sin(0.3) * Math.exp(-1.2), 12];
  for (const [i, slope] of gradient.entries()) expect(slope).toBeCloseTo(expected[i] as number, 8);
  expect([...x]).toEqual([0.3, -1.2, 2]);
});

test("layer normalisation of two numbers is ±1", () => {
  const y = reference.layerNorm(reference.matrix(1, 2, [3, 7]), [1, 10], [0, 5], 0);
  expect([...y.values]).toEqual([-1, 15]);
});

test("attention over equal keys is the mean of the values that are seen", () => {
  const zeros = reference.matrix(3, 2);
  const v = reference.matrix(3, 2, [1, 10, 2, 20, 6, 60]);
  const shape = { batch: 1, length: 3, heads: 2 };
  const all = reference.attention(zeros, zeros, v, { ...shape, causal: false });
  for (const row of [0, 1, 2]) expect([reference.at(all, row, 0), reference.at(all, row, 1)]).toEqual([3, 30]);
  const causal = reference.attention(zeros, zeros, v, { ...shape, causal: true });
  expect([...causal.values]).toEqual([1, 10, 1.5, 15, 3, 30]);
  const masked = reference.attention(zeros, zeros, v, { ...shape, causal: false, visible: [true, true, false] });
  expect(reference.at(masked, 2, 1)).toBe(15);
});

test("attention sharpens to the key that matches, scaled by the root of the head's size", () => {
  const q = reference.matrix(2, 4, [2, 0, 0, 0, 0, 2, 0, 0]);
  const v = reference.matrix(2, 4, [1, 0, 0, 0, 0, 1, 0, 0]);
  const y = reference.attention(q, q, v, { batch: 1, length: 2, heads: 1, causal: false });
  const own = Math.exp(2) / (Math.exp(2) + 1);
  expect(reference.at(y, 0, 0)).toBeCloseTo(own, 14);
  expect(reference.at(y, 1, 0)).toBeCloseTo(1 - own, 14);
});

test("cross-entropy of even logits is the log of the number of classes, whatever the smoothing", () => {
  const logits = reference.matrix(2, 4, [1, 1, 1, 1, 5, 5, 5, 5]);
  expect(reference.softmaxCrossEntropy(logits, [0, 3], 0)).toBeCloseTo(Math.log(4), 14);
  expect(reference.softmaxCrossEntropy(logits, [0, undefined], 0.3)).toBeCloseTo(Math.log(4), 14);
});

test("smoothing mixes the loss of the label with the mean over all classes", () => {
  const logits = reference.matrix(1, 2, [Math.log(3), 0]);
  const [right, wrong] = [-Math.log(0.75), -Math.log(0.25)];
  const expected = 0.9 * right + 0.1 * ((right + wrong) / 2);
  expect(reference.softmaxCrossEntropy(logits, [0], 0.1)).toBeCloseTo(expected, 14);
});

test("a LoRA pair adds gate · B · A · x, a gate row for each example", () => {
  const pair = { A: reference.matrix(2, 2, [1, 0, 0, 1]), Bt: reference.matrix(2, 1, [1, 10]) };
  const x = reference.matrix(4, 2, [1, 2, 3, 4, 5, 6, 7, 8]);
  expect([...reference.loraDelta(x, { ...pair, gate: 2 }, 2).values]).toEqual([42, 86, 130, 174]);
  expect([...reference.loraDelta(x, { ...pair, gate: [1, 0] }, 2).values]).toEqual([1, 3, 5, 7]);
  const perExample = [
    [1, 0],
    [0, 1],
  ];
  expect([...reference.loraDelta(x, { ...pair, gate: perExample }, 2).values]).toEqual([1, 3, 60, 80]);
  const mask = [1, 1, 0, 0, 1, 0, 0, 1];
  expect([...reference.loraDelta(x, { ...pair, gate: 1, mask }, 2).values]).toEqual([21, 0, 5, 80]);
});

test("a block of zero weights passes its input through the residuals", () => {
  const [hidden, intermediate] = [4, 6];
  const zero = (inFeatures: number, outFeatures: number) => ({ weight: reference.matrix(inFeatures, outFeatures) });
  const norm = { gamma: [1, 1, 1, 1], beta: [0, 0, 0, 0] };
  const weights = {
    ...{ qkv: zero(hidden, 3 * hidden), attentionOutput: zero(hidden, hidden) },
    ...{ intermediate: zero(hidden, intermediate), output: zero(intermediate, hidden) },
    ...{ attentionNorm: norm, outputNorm: norm },
  };
  const shape = { batch: 1, length: 2, heads: 2, causal: false, epsilon: 0, gelu: "erf" } as const;
  const x = reference.matrix(2, hidden, [1, 2, 3, 4, 0, 1, 0, 1]);
  const pre = reference.transformerBlock(x, weights, {}, { ...shape, norm: "pre" });
  expect([...pre.values]).toEqual([...x.values]);
  const post = reference.transformerBlock(x, weights, {}, { ...shape, norm: "post" });
  const normalised = reference.layerNorm(x, norm.gamma, norm.beta, 0);
  for (const [i, value] of post.values.entries()) expect(value).toBeCloseTo(normalised.values[i] as number, 14);
});
