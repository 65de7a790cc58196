import { dropoutMask, dropThreshold, tokenRows } from "@dylora/tensor";
import { expectAllClose, expectSameBits, reference, seededValues } from "@dylora/test-kit";
import { beforeAll, describe, expect, test } from "vitest";
import { GuardedMemory } from "./fixtures/guarded-memory.ts";
import { kernelVariants } from "./fixtures/kernel-variants.ts";
import { dropoutArguments } from "./kernel-context.ts";

let memory: GuardedMemory;
let kernels: GuardedMemory["kernels"];

const sizes = [1, 2, 3, 4, 5, 7, 8, 11, 16, 31, 127, 768];

describe.each(kernelVariants)("%s", (variant) => {
  beforeAll(async () => {
    memory = await GuardedMemory.create(4, variant);
    kernels = memory.kernels;
  });

  test("gelu: erf within 5e-7, values and slopes alike, alone or together", () => {
    const x = Float32Array.from({ length: 6001 }, (_, i) => (i - 3000) / 250);
    for (const form of ["erf", "tanh"] as const) {
      const tanh = form === "tanh" ? 1 : 0;
      memory.clear();
      const [at, y, d, both] = [
        memory.put(x),
        memory.take(x.length),
        memory.put(x.map(() => 1)),
        memory.take(x.length),
      ];
      kernels.gelu(tanh, x.length, at, y);
      kernels.geluGradient(tanh, x.length, d, at, d);
      const [values, slopes] = [memory.floats(y, x.length).slice(), memory.floats(d, x.length).slice()];
      kernels.geluWithSlope(tanh, x.length, at, both, at);
      expectSameBits(memory.floats(both, x.length), values, "values together");
      expectSameBits(memory.floats(at, x.length), slopes, "slopes together");
      const worst = { value: 0, slope: 0 };
      for (const [i, value] of x.entries()) {
        const expected = reference.gelu(value, form);
        const step = 1e-4;
        const slope = (reference.gelu(value + step, form) - reference.gelu(value - step, form)) / (2 * step);
        const error = Math.abs((values[i] as number) - expected) - 1e-12;
        worst.value = Math.max(worst.value, error / Math.max(Math.abs(value), 1e-9));
        worst.slope = Math.max(worst.slope, Math.abs((slopes[i] as number) - slope));
      }
      // x · (1 + erf) / 2: an error of 5e-7 in erf is one of 2.5e-7 · |x| here
      expect(worst.value).toBeLessThan(2.5e-7);
      expect(worst.slope).toBeLessThan(5e-7);
      expect(memory.damage()).toEqual([]);
    }
  });

  test("kernels over numbers in a row write all of them and nothing beyond", () => {
    for (const n of sizes) {
      memory.clear();
      const [a, b] = [seededValues(n, "a"), seededValues(n, "b")];
      const [pa, pb, pc] = [memory.put(a), memory.put(b), memory.take(n)];
      const result = () => memory.floats(pc, n).slice();
      kernels.add(n, pa, pb, pc);
      expectSameBits(
        result(),
        a.map((value, i) => Math.fround(value + (b[i] as number))),
      );
      kernels.multiply(n, pa, pb, pc);
      expectSameBits(
        result(),
        a.map((value, i) => Math.fround(value * (b[i] as number))),
      );
      kernels.scale(n, pc, 0.5);
      expectSameBits(
        result(),
        a.map((value, i) => Math.fround(Math.fround(value * (b[i] as number)) * 0.5)),
      );
      kernels.gelu(0, n, pa, pc);
      expectAllClose(
        result(),
        Array.from(a, (value) => reference.gelu(value, "erf")),
        { tolerance: 1e-6 },
      );
      expect(memory.damage()).toEqual([]);
    }
  });

  test("layer normalisation and its gradient, with a residual and without", () => {
    const rows = 3;
    const epsilon = 1e-5;
    for (const features of sizes.slice(1, -1)) {
      memory.clear();
      const count = rows * features;
      const [x, residual, dy] = ["x", "residual", "dy"].map((name) => seededValues(count, name, 3)) as Float32Array[];
      const gamma = seededValues(features, "gamma").map((value) => value + 1);
      const beta = seededValues(features, "beta");
      const [px, pr, pg, pb] = [x, residual, gamma, beta].map((values) => memory.put(values as Float32Array)) as [
        number,
        number,
        number,
        number,
      ];
      const [y, stats, dx] = [memory.take(count), memory.take(2 * rows), memory.put(dy as Float32Array)];
      kernels.layerNorm(rows, features, px, pr, pg, pb, epsilon, y, stats);
      const sums = (x as Float32Array).map((value, i) => value + (residual?.[i] as number));
      expectSameBits(memory.floats(px, count), sums, "x + residual");
      const expected = reference.layerNorm(reference.matrix(rows, features, sums), gamma, beta, epsilon);
      expectAllClose(memory.floats(y, count), expected.values, { tolerance: 5e-6 });

      const first = memory.floats(y, count).slice();
      kernels.layerNormAgain(rows, features, px, pg, pb, stats, y);
      expectSameBits(memory.floats(y, count), first, "again");

      kernels.layerNormGradient(rows, features, dx, pg, px, stats, dx, 0);
      const values = Float64Array.from(sums);
      const gradient = reference.finiteDifferences(() => {
        const { values: out } = reference.layerNorm(reference.matrix(rows, features, values), gamma, beta, epsilon);
        return Array.from(out).reduce((sum, value, i) => sum + value * (dy?.[i] as number), 0);
      }, values);
      expectAllClose(memory.floats(dx, count), gradient, { tolerance: 1e-4 });
      const overwritten = memory.floats(dx, count).slice();
      const [again, fresh] = [memory.put(x as Float32Array), memory.put(dy as Float32Array)];
      kernels.layerNormGradient(rows, features, fresh, pg, px, stats, again, 1);
      const sum = (x as Float32Array).map((value, i) => value + (overwritten[i] as number));
      expectSameBits(memory.floats(again, count), sum, "added");
      expect(memory.damage()).toEqual([]);
    }
  });

  test("dropout draws the masks of the tensor package, bit for bit", () => {
    const [examples, length] = [3, 5];
    const rows = examples * length;
    for (const columns of [1, 4, 7, 130]) {
      for (const dropoutKey of [
        { key: 12345, probability: 0.1 },
        { key: 0xfedcba98, probability: 0.5, firstExample: 17 },
        { key: 1, probability: 1 - 2 ** -40 },
      ]) {
        memory.clear();
        const count = rows * columns;
        const x = seededValues(count, "x");
        const [px, py] = [memory.put(x), memory.put(x)];
        const dropout = dropoutArguments(dropoutKey);
        if (dropout === undefined) throw new Error("there is dropout");
        const { key, firstExample, limit, keep } = dropout;
        const mask = dropoutMask(dropoutKey, examples, tokenRows(length), columns);
        const dropped = x.map((value, i) => value * (mask[i] as number));
        kernels.dropout(rows, columns, length, px, py, 1, key, firstExample, limit, keep);
        expectSameBits(
          memory.floats(py, count),
          dropped.map((value, i) => value + (x[i] as number)),
        );
        kernels.dropout(rows, columns, length, px, px, 0, key, firstExample, limit, keep);
        expectSameBits(memory.floats(px, count), dropped);
        expect(memory.damage()).toEqual([]);
      }
    }
    expect(dropThreshold(1 - 2 ** -40)).toBe(2 ** 32);
    expect(dropoutArguments({ key: 1, probability: 0 })).toBeUndefined();
    expect(dropoutArguments({ key: 1, probability: 2 ** -40 })).toBeUndefined();
  });

  test("cross-entropy: statistics of a row and the gradient, whatever the number of classes", () => {
    const rows = 3;
    for (const classes of sizes) {
      memory.clear();
      const logits = seededValues(rows * classes, "logits", 20);
      const labels = [0, classes - 1, classes >> 1];
      const [pl, pc, pi] = [memory.put(logits), memory.put([1, 0, 1]), memory.putIntegers(labels)];
      const [stats, factor, d] = [memory.take(3 * rows), memory.put([2]), memory.take(rows * classes)];
      kernels.crossEntropyStats(rows, classes, pl, pc, stats);
      kernels.crossEntropyGradient(rows, classes, pl, pi, pc, stats, 0.1, factor, 0.25, d);
      for (let row = 0; row < rows; row++) {
        const own = Array.from(logits.subarray(row * classes, (row + 1) * classes));
        const gradient = memory.floats(d + 4 * row * classes, classes);
        if (row === 1) {
          expectSameBits(gradient, new Float32Array(classes));
          continue;
        }
        const top = Math.max(...own);
        const total = own.reduce((sum, value) => sum + Math.exp(value - top), 0);
        const [greatest, powers, all] = memory.floats(stats + 12 * row, 3) as unknown as [number, number, number];
        expect(greatest).toBe(top);
        expect(Math.abs(powers / total - 1)).toBeLessThan(1e-6);
        expect(Math.abs(all - own.reduce((sum, value) => sum + value, 0))).toBeLessThan(1e-2);
        const wanted = own.map((value, i) => {
          const target = (i === labels[row] ? 0.9 : 0) + 0.1 / classes;
          return 0.5 * (Math.exp(value - top) / total - target);
        });
        expectAllClose(gradient, wanted, { tolerance: 1e-6 });
      }
      expect(memory.damage()).toEqual([]);
    }
  });

  test("rows are gathered up to the first id that is none", () => {
    memory.clear();
    const table = memory.put([1, 2, 3, 4, 5, 6]);
    const out = memory.take(6);
    expect(kernels.gatherRows(3, 2, 3, memory.putIntegers([2, 0, 1]), table, out)).toBe(3);
    expectSameBits(memory.floats(out, 6), [5, 6, 1, 2, 3, 4]);
    expect(kernels.gatherRows(3, 2, 3, memory.putIntegers([1, -1, 0]), table, out)).toBe(1);
    expect(kernels.gatherRows(3, 2, 2, memory.putIntegers([0, 3]), table, out)).toBe(1);
    expect(memory.damage()).toEqual([]);
  });
});
