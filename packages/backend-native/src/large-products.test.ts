import { seededValues } from "@dylora/test-kit";
import { describe, expect } from "vitest";
import { onAddon } from "./fixtures/on-addon.ts";

/** The matrix turned over. */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)] as number);
}

/** a · b and Σ |a| |b| in float64. */
function reference(m: number, n: number, k: number, a: Float32Array, b: Float32Array) {
  const [sums, sizes] = [new Float64Array(m * n), new Float64Array(m * n)];
  for (let i = 0; i < m; i++) {
    for (let step = 0; step < k; step++) {
      const left = a[i * k + step] as number;
      for (let j = 0; j < n; j++) {
        const term = left * (b[step * n + j] as number);
        sums[i * n + j] = (sums[i * n + j] as number) + term;
        sizes[i * n + j] = (sizes[i * n + j] as number) + Math.abs(term);
      }
    }
  }
  return { sums, sizes };
}

// Whole tiles of six rows and sixteen columns and parts of them; more than one block of rows, of columns, pass over
// the depth, and depth that is packed at a time.
const sizes = [
  [24, 64, 32],
  [25, 65, 33],
  [72, 528, 512],
  [151, 1037, 67],
  [29, 79, 521],
  [31, 95, 2063],
  [26, 70, 4100],
] as const;

describe("large products equal float64", () => {
  for (const [m, n, k] of sizes) {
    const a = seededValues(m * k, `a ${m} ${k}`);
    const b = seededValues(k * n, `b ${k} ${n}`);
    const { sums, sizes: scales } = reference(m, n, k, a, b);
    const worst = (y: Float32Array) =>
      y.reduce((most, value, i) => Math.max(most, Math.abs(value - (sums[i] as number)) / (scales[i] as number)), 0);
    for (const [transposeA, transposeB] of [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ] as const) {
      onAddon(
        `[${m}, ${k}] · [${k}, ${n}]${transposeA ? ", a turned" : ""}${transposeB ? ", b turned" : ""}`,
        (addon) => {
          const left = transposeA ? transposed(a, m, k) : a;
          const right = transposeB ? transposed(b, k, n) : b;
          // One number further on, nothing begins where a vector does.
          const [unaligned, y] = [new Float32Array(left.length + 1), new Float32Array(m * n + 1)];
          unaligned.set(left, 1);
          addon.multiply(1, m, n, k, unaligned.subarray(1), transposeA, right, transposeB, y.subarray(1));
          expect(worst(y.subarray(1))).toBeLessThan(1e-6);
          expect(y[0]).toBe(0);
        },
      );
    }
  }
});

onAddon("a large frozen product with a bias equals float64, forward and backward", (addon) => {
  const [rows, inFeatures, outFeatures] = [77, 530, 1100];
  const weights = seededValues(inFeatures * outFeatures, "weights");
  const packed = addon.pack(weights, inFeatures, outFeatures, false, false);
  for (const backward of [false, true]) {
    const [k, n] = backward ? [outFeatures, inFeatures] : [inFeatures, outFeatures];
    const x = seededValues(rows * k, "x");
    const bias = seededValues(n, "bias");
    const y = new Float32Array(rows * n);
    addon.applyPacked(packed, backward, rows, x, bias, y);
    const right = backward ? transposed(weights, inFeatures, outFeatures) : weights;
    const { sums, sizes: scales } = reference(rows, n, k, x, right);
    const worst = y.reduce((most, value, i) => {
      const offset = bias[i % n] as number;
      return Math.max(
        most,
        Math.abs(value - offset - (sums[i] as number)) / ((scales[i] as number) + Math.abs(offset)),
      );
    }, 0);
    expect(worst).toBeLessThan(1e-6);
  }
  addon.release(packed);
});

onAddon("what is no number shows in its row or column of a large product, and nowhere else", (addon) => {
  const [m, n, k] = [27, 70, 530];
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const [a, b] = [new Float32Array(m * k).fill(1), new Float32Array(k * n).fill(0.5)];
    a[(m - 1) * k + k - 1] = bad;
    b[(k - 1) * n + n - 1] = bad;
    const y = new Float32Array(m * n);
    addon.multiply(1, m, n, k, a, false, b, false, y);
    for (const [i, value] of y.entries()) {
      const reached = Math.floor(i / n) === m - 1 || i % n === n - 1;
      expect(value).toBe(reached ? bad : k / 2);
    }
  }
});

onAddon("on AVX2 a large product has the same bits on any number of threads", (addon, context) => {
  const { detail } = addon.describe();
  if (!detail.includes("loops AVX2")) return context.skip(`not on this CPU: ${detail}`);
  const [m, n, k] = [301, 700, 1100];
  const [a, b] = [seededValues(m * k, "a"), seededValues(k * n, "b")];
  const [first, ...others] = [1, 2, 3, 5].map((threads) => {
    addon.setThreads(threads);
    const y = new Float32Array(m * n);
    addon.multiply(1, m, n, k, a, false, b, false, y);
    return y;
  });
  for (const other of others) expect(other).toEqual(first);
});
