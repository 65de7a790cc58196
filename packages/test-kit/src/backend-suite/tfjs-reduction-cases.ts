import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { OpCase } from "./op-case.ts";
import { apart, tfjsOp, within } from "./tfjs-op.ts";

const sum = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0);
const logSumExp = (x: readonly number[]): number => Math.log(sum(x.map(Math.exp)));

/** Rows and columns of the `[3, 4]` input. */
const rows = (x: Float64Array): number[][] => [0, 4, 8].map((at) => [...x.subarray(at, at + 4)]);
const columns = (x: Float64Array): number[][] => [0, 1, 2, 3].map((at) => [...x].filter((_, i) => i % 4 === at));
const nothing = new Float64Array();

const reductions: readonly [string, (x: Tensor, axis?: number) => Tensor, (x: readonly number[]) => number][] = [
  ["sum", tf.sum, sum],
  ["mean", tf.mean, (x) => sum(x) / x.length],
  ["max", tf.max, (x) => Math.max(...x)],
  ["min", tf.min, (x) => Math.min(...x)],
  ["prod", tf.prod, (x) => x.reduce((a, b) => a * b, 1)],
  ["logSumExp", tf.logSumExp, logSumExp],
  ["norm", (x, axis) => tf.norm(x, "euclidean", axis), (x) => Math.hypot(...x)],
  ["norm, 1", (x, axis) => tf.norm(x, 1, axis), (x) => sum(x.map(Math.abs))],
  [
    "variance",
    (x, axis) => tf.moments(x, axis).variance,
    (x) => sum(x.map((value) => (value - sum(x) / x.length) ** 2)) / x.length,
  ],
];

const alongRows: readonly [string, (x: Tensor) => Tensor, (x: readonly number[]) => readonly number[]][] = [
  ["softmax", (x) => tf.softmax(x), (x) => x.map((value) => Math.exp(value - logSumExp(x)))],
  ["logSoftmax", (x) => tf.logSoftmax(x), (x) => x.map((value) => value - logSumExp(x))],
  ["cumsum", (x) => tf.cumsum(x, 1), (x) => x.map((_, i) => sum(x.slice(0, i + 1)))],
  ["cumsum, exclusive and reversed", (x) => tf.cumsum(x, 1, true, true), (x) => x.map((_, i) => sum(x.slice(i + 1)))],
];

const target = Float32Array.from([0, 1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0]);
const oneHot = Float32Array.from([0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1]);
const each =
  (f: (t: number, x: number) => number, t = target) =>
  (x: Float64Array) =>
    sum([...x].map((value, i) => f(t[i] as number, value))) / x.length;
const huber = (error: number): number => (error <= 1 ? error ** 2 / 2 : error - 0.5);
const rowMean = (f: (row: number[], at: number) => number) => (x: Float64Array) => sum(rows(x).map(f)) / 3;

const losses: readonly [string, (t: Tensor, x: Tensor) => Tensor, (x: Float64Array) => number, boolean?][] = [
  ["absoluteDifference", tf.losses.absoluteDifference, each((t, x) => Math.abs(t - x))],
  ["meanSquaredError", tf.losses.meanSquaredError, each((t, x) => (t - x) ** 2)],
  ["hingeLoss", tf.losses.hingeLoss, each((t, x) => Math.max(0, 1 - (2 * t - 1) * x))],
  ["huberLoss", tf.losses.huberLoss, each((t, x) => huber(Math.abs(t - x)))],
  [
    "logLoss",
    (t, x) => tf.losses.logLoss(t, tf.sigmoid(x)),
    each((t, x) => {
      const p = 1 / (1 + Math.exp(-x));
      return -t * Math.log(p + 1e-7) - (1 - t) * Math.log(1 - p + 1e-7);
    }),
  ],
  [
    "sigmoidCrossEntropy",
    (t, x) => tf.losses.sigmoidCrossEntropy(t, x),
    each((t, x) => Math.log1p(Math.exp(x)) - t * x),
  ],
  [
    "softmaxCrossEntropy",
    (t, x) => tf.losses.softmaxCrossEntropy(t, x),
    rowMean((row, at) => logSumExp(row) - sum(row.map((x, i) => x * (oneHot[4 * at + i] as number)))),
    true,
  ],
  [
    "cosineDistance",
    (t, x) => tf.losses.cosineDistance(t, x, 1),
    rowMean((row, at) => 1 - sum(row.map((x, i) => x * (oneHot[4 * at + i] as number)))),
    true,
  ],
];

/** Ops that bring numbers together, and tfjs's losses. */
export const tfjsReductionCases: readonly OpCase[] = [
  ...reductions.flatMap(([name, run, reference]) => [
    tfjsOp(
      name,
      [apart([3, 4])],
      (x) => run(x as Tensor),
      (x = nothing) => [reference([...x])],
    ),
    tfjsOp(
      `${name} of rows`,
      [apart([3, 4])],
      (x) => run(x as Tensor, 1),
      (x = nothing) => rows(x).map(reference),
    ),
    tfjsOp(
      `${name} of columns`,
      [apart([3, 4])],
      (x) => run(x as Tensor, 0),
      (x = nothing) => columns(x).map(reference),
    ),
  ]),
  ...alongRows.map(([name, run, reference]) =>
    tfjsOp(
      name,
      [within(-2, 2)],
      (x) => run(x as Tensor),
      (x = nothing) => rows(x).flatMap(reference),
    ),
  ),
  ...losses.map(([name, run, reference, categorical = false]) =>
    tfjsOp(
      `losses.${name}`,
      [within(-2, 2)],
      (x) => run(tf.tensor2d(categorical ? oneHot : target, [3, 4]), x as Tensor),
      (x = nothing) => [reference(x)],
    ),
  ),
];
