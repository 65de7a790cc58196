import { seededValues } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { addonOf, indicesOf, numbersOf, placeOf, runKernel, shapes } from "../fixtures/kernel-runs.ts";
import { nativeTests } from "../fixtures/native-tests.ts";
import { smallest } from "./kernel-replacement.ts";
import { reduction, reductionNames } from "./reduction-kernels.ts";

const check = nativeTests({ threads: 2 });

const cases = shapes.chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    axes: shape.length === 0 ? fc.constant([]) : fc.uniqueArray(fc.nat(shape.length - 1), { minLength: 1 }),
    keepDims: fc.boolean(),
  }),
);

/** Every result as its numbers, in float64. */
function groupsOf(x: Float32Array, shape: readonly number[], axes: readonly number[]): number[][] {
  const kept = [...shape.keys()].filter((dim) => !axes.includes(dim));
  const keptShape = kept.map((dim) => shape[dim] as number);
  const groups = Array.from({ length: tf.util.sizeFromShape(keptShape) }, (): number[] => []);
  for (const [i, value] of x.entries()) {
    const indices = indicesOf(i, shape);
    groups[
      placeOf(
        kept.map((dim) => indices[dim] as number),
        keptShape,
      )
    ]?.push(value);
  }
  return groups;
}

const attributesOf = (name: string, axes: readonly number[], keepDims: boolean): object =>
  name === "Max" ? { reductionIndices: axes, keepDims } : { axis: axes, keepDims };

describe("reductions over any axes", () => {
  for (const [kind, name] of reductionNames.entries()) {
    const sums = name === "Sum" || name === "Mean";
    check(name, () => {
      let ours = 0;
      fc.assert(
        fc.property(cases, ({ shape, axes, keepDims }) => {
          const size = tf.util.sizeFromShape(shape);
          const values = sums ? seededValues(size, `${name}/x`, 4) : numbersOf(shape, `${name}/x`, 0.002);
          tf.tidy(() => {
            const inputs = { x: tf.tensor(values, shape) };
            const attributes = attributesOf(name, axes, keepDims);
            const found = runKernel(name, reduction(kind), inputs, attributes);
            const theirs = runKernel(name, undefined, inputs, attributes);
            expect([found.shape, found.dtype]).toEqual([theirs.shape, theirs.dtype]);
            for (const [i, group] of groupsOf(values, shape, axes).entries()) {
              const value = found.values[i] as number;
              if (!sums) {
                const expected = group.reduce((a, b) => (name === "Max" ? Math.max(a, b) : Math.min(a, b)));
                const same = (a: number, b: number) => a === b || (Number.isNaN(a) && Number.isNaN(b));
                const right = same(value, expected) && same(value, theirs.values[i] as number);
                if (!right) throw new Error(`${name} ${i} of [${shape}] over ${axes}: ${value}, not ${expected}`);
                continue;
              }
              const divisor = name === "Mean" ? group.length : 1;
              const expected = group.reduce((a, b) => a + b, 0) / divisor;
              const bound = 6e-8 * Math.abs(expected) + 1e-14 * group.length;
              if (!(Math.abs(value - expected) <= (found.fellBack ? 1e-5 : bound))) {
                throw new Error(`${name} ${i} of [${shape}] over ${axes}: ${value}, not ${expected}`);
              }
            }
            if (!found.fellBack) ours++;
          });
        }),
        { numRuns: 80, seed: 3 },
      );
      expect(ours).toBeGreaterThan(30);
    });
  }

  check("sums of long and of wide tensors are float64's, rounded", () => {
    for (const [shape, axes] of [
      [[100_003], [0]],
      [[3, 20_001], [1]],
      [[20_001, 3], [0]],
      [[200, 300], [0]],
      [[4, 3000, 2], [1]],
      [
        [2, 5, 300, 7],
        [0, 2],
      ],
    ] as const) {
      const x = seededValues(tf.util.sizeFromShape([...shape]), "long", 1).map((value) => value + 0.25);
      const found = runKernel("Sum", reduction(0), { x: tf.tensor(x, [...shape]) }, { axis: axes, keepDims: false });
      expect(found.fellBack).toBe(false);
      for (const [i, group] of groupsOf(x, shape, axes).entries()) {
        const exact = group.reduce((a, b) => a + b, 0);
        expect(Math.abs((found.values[i] as number) - exact)).toBeLessThanOrEqual(6.1e-8 * Math.abs(exact));
      }
    }
  });

  check("NaN shows in the results that it belongs to, and in no other", () => {
    const x = seededValues(40 * 50, "nan");
    x[7 * 50 + 3] = Number.NaN;
    x[9 * 50 + 4] = Number.POSITIVE_INFINITY;
    const inputs = { x: tf.tensor2d(x, [40, 50]) };
    for (const [kind, name] of reductionNames.entries()) {
      const rows = runKernel(name, reduction(kind), inputs, attributesOf(name, [1], false)).values;
      const columns = runKernel(name, reduction(kind), inputs, attributesOf(name, [0], false)).values;
      const bad = (values: ArrayLike<number>) => Array.from(values, Number.isNaN).flatMap((is, i) => (is ? [i] : []));
      expect([bad(rows), bad(columns)]).toEqual([[7], [3]]);
      if (name !== "Min") expect([rows[9], columns[4]]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
      expect(runKernel(name, reduction(kind), inputs, attributesOf(name, [0, 1], false)).values).toEqual(
        Float32Array.of(Number.NaN),
      );
    }
  });

  check("the same bits on any number of threads", () => {
    try {
      for (const [shape, axes] of [
        [[100_003], [0]],
        [[5000, 100], [0]],
        [[7, 900, 11], [1]],
        [
          [20, 30, 10, 20],
          [0, 2],
        ],
      ] as const) {
        const inputs = { x: tf.tensor(seededValues(tf.util.sizeFromShape([...shape]), "threads"), [...shape]) };
        for (const [kind, name] of reductionNames.entries()) {
          const [one, ...others] = [1, 2, 3, 7].map((threads) => {
            addonOf().setThreads(threads);
            return runKernel(name, reduction(kind), inputs, attributesOf(name, axes, false)).values;
          });
          for (const other of others) expect(other).toEqual(one);
        }
      }
    } finally {
      addonOf().setThreads(2);
    }
  });

  check("integers, booleans and few numbers go to tfjs's own loops", () => {
    const integers = tf.tensor2d(
      Int32Array.from({ length: 4000 }, (_, i) => i),
      [40, 100],
      "int32",
    );
    const few = tf.ones([smallest - 1]);
    for (const [x, dtype] of [
      [integers, "int32"],
      [tf.cast(integers, "bool"), "int32"],
      [few, "float32"],
      [tf.zeros([0, 2000]), "float32"],
    ] as const) {
      const found = runKernel("Sum", reduction(0), { x }, { axis: [0], keepDims: false });
      expect([found.dtype, found.fellBack]).toEqual([dtype, true]);
      expect(found.values).toEqual(runKernel("Sum", undefined, { x }, { axis: [0], keepDims: false }).values);
    }
  });

  const refused: readonly (readonly [string, () => void])[] = [
    ["an unknown reduction", () => addonOf().reduce(4, 1, 8, 1, new Float32Array(8), new Float32Array(1))],
    ["a short operand", () => addonOf().reduce(0, 1, 8, 1, new Float32Array(7), new Float32Array(1))],
    ["a long result", () => addonOf().reduce(0, 1, 8, 1, new Float32Array(8), new Float32Array(2))],
    ["nothing to reduce", () => addonOf().reduce(0, 1, 0, 1, new Float32Array(0), new Float32Array(1))],
  ];
  for (const [what, run] of refused) check(`the addon refuses ${what}`, () => expect(run).toThrow(TypeError));
});
