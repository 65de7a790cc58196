import { seededValues } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { addonOf, indicesOf, placeOf, runKernel, shapes } from "../fixtures/kernel-runs.ts";
import { nativeTests } from "../fixtures/native-tests.ts";
import { concat, pack, pad, slice, transpose } from "./copy-kernels.ts";
import { smallest } from "./kernel-replacement.ts";

const check = nativeTests({ threads: 2 });

/** As many different numbers. */
const numbered = (shape: readonly number[]): Float32Array =>
  Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, (_, i) => i);

check("transpose puts every element where it belongs", () => {
  let ours = 0;
  const cases = shapes.chain((shape) =>
    fc.tuple(
      fc.constant(shape),
      fc.shuffledSubarray([...shape.keys()], { minLength: shape.length, maxLength: shape.length }),
    ),
  );
  fc.assert(
    fc.property(cases, ([shape, perm]) => {
      tf.tidy(() => {
        const found = runKernel("Transpose", transpose, { x: tf.tensor(numbered(shape), shape) }, { perm });
        expect(found.shape).toEqual(perm.map((dim) => shape[dim]));
        for (let i = 0; i < found.values.length; i++) {
          const to = indicesOf(i, found.shape);
          const from = shape.map((_, dim) => to[perm.indexOf(dim)] as number);
          if (found.values[i] !== placeOf(from, shape)) throw new Error(`[${shape}] by ${perm} is wrong at ${to}`);
        }
        if (!found.fellBack) ours++;
        expect(found.fellBack).toBe(found.values.length < smallest);
      });
    }),
    { numRuns: 150, seed: 4 },
  );
  expect(ours).toBeGreaterThan(50);
});

check("slice takes what it is asked for", () => {
  let ours = 0;
  const cases = shapes.chain((shape) =>
    fc.tuple(
      fc.constant(shape),
      fc.tuple(
        ...shape.map((size) =>
          fc.tuple(fc.double({ min: 0, max: 0.3, noNaN: true }), fc.integer({ min: 1, max: size })),
        ),
      ),
    ),
  );
  fc.assert(
    fc.property(cases, ([shape, cuts]) => {
      if (shape.length === 0) return;
      const begin = cuts.map(([from], dim) => Math.floor(from * (shape[dim] as number)));
      const size = cuts.map(([, count], dim) =>
        Math.max(1, Math.min(count + ((shape[dim] as number) >> 1), (shape[dim] as number) - (begin[dim] as number))),
      );
      tf.tidy(() => {
        const found = runKernel("Slice", slice, { x: tf.tensor(numbered(shape), shape) }, { begin, size });
        expect(found.shape).toEqual(size);
        for (let i = 0; i < found.values.length; i++) {
          const from = indicesOf(i, size).map((index, dim) => index + (begin[dim] as number));
          if (found.values[i] !== placeOf(from, shape)) throw new Error(`[${shape}] from ${begin} is wrong at ${from}`);
        }
        if (!found.fellBack) ours++;
      });
    }),
    { numRuns: 150, seed: 5 },
  );
  expect(ours).toBeGreaterThan(20);
});

check("a slice with sizes of -1, and a bad one as tfjs refuses it", () => {
  const x = tf.tensor(numbered([50, 60]), [50, 60]);
  const found = runKernel("Slice", slice, { x }, { begin: [3, 10], size: [-1, -1] });
  expect(found).toMatchObject({ shape: [47, 50], fellBack: false });
  expect(found).toMatchObject({
    values: runKernel("Slice", undefined, { x }, { begin: [3, 10], size: [47, 50] }).values,
  });
  expect(() => runKernel("Slice", slice, { x }, { begin: [3, 30], size: [40, 40] })).toThrow("begin[1] + size[1]");
});

check("what was sliced without a copy stays as it is when its parent is gone", () => {
  const x = tf.tensor(seededValues(8192, "parent"), [64, 128]);
  const doubled = tf.mul(x, 2) as tf.Tensor2D;
  const rows = tf.slice2d(doubled, [10, 0], [32, 128]);
  const expected = x
    .dataSync()
    .slice(1280, 1280 + 4096)
    .map((value) => 2 * value);
  doubled.dispose();
  for (let i = 0; i < 4; i++) tf.add(x, i);
  expect(rows.dataSync()).toEqual(expected);
});

check("concat joins along any axis", () => {
  let ours = 0;
  const cases = shapes.chain((shape) =>
    fc.tuple(fc.constant(shape), fc.nat(5), fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 })),
  );
  fc.assert(
    fc.property(cases, ([shape, place, widths]) => {
      if (shape.length === 0) return;
      const axis = place % shape.length;
      const parts = widths.map((width) => shape.with(axis, width));
      tf.tidy(() => {
        const values = parts.map((part, index) => numbered(part).map((value) => value + 1e5 * index));
        const inputs = values.map((numbers, index) => tf.tensor(numbers, parts[index] as number[]));
        const found = runKernel("Concat", concat, inputs, { axis });
        const starts = widths.map((_, index) => widths.slice(0, index).reduce((a, b) => a + b, 0));
        for (let i = 0; i < found.values.length; i++) {
          const indices = indicesOf(i, found.shape);
          const along = indices[axis] as number;
          const index = starts.findLastIndex((start) => start <= along);
          const own = indices.with(axis, along - (starts[index] as number));
          const expected = values[index]?.[placeOf(own, parts[index] as number[])];
          if (found.values[i] !== expected) throw new Error(`parts ${widths} of [${shape}] are wrong at ${indices}`);
        }
        if (!found.fellBack) ours++;
      });
    }),
    { numRuns: 100, seed: 6 },
  );
  expect(ours).toBeGreaterThan(20);
});

check("pack and pad are tfjs's", () => {
  let ours = 0;
  const cases = shapes.chain((shape) =>
    fc.tuple(
      fc.constant(shape),
      fc.nat(shape.length),
      fc.integer({ min: 1, max: 3 }),
      fc.tuple(...shape.map(() => fc.tuple(fc.nat(2), fc.nat(2)))),
    ),
  );
  fc.assert(
    fc.property(cases, ([shape, axis, count, paddings]) => {
      tf.tidy(() => {
        const inputs = Array.from({ length: count }, (_, i) =>
          tf.tensor(
            numbered(shape).map((value) => value + i / 4),
            shape,
          ),
        );
        const packed = runKernel("Pack", pack, inputs, { axis });
        const padded = runKernel("PadV2", pad, { x: inputs[0] as tf.Tensor }, { paddings, constantValue: -3 });
        const theirs = [
          runKernel("Pack", undefined, inputs, { axis }),
          runKernel("PadV2", undefined, { x: inputs[0] as tf.Tensor }, { paddings, constantValue: -3 }),
        ];
        for (const [i, found] of [packed, padded].entries()) {
          expect(found).toMatchObject({ shape: theirs[i]?.shape, dtype: "float32", values: theirs[i]?.values });
          if (!found.fellBack) ours++;
        }
      });
    }),
    { numRuns: 60, seed: 7 },
  );
  expect(ours).toBeGreaterThan(40);
});

check("other types, empty parts, and shapes that do not fit are tfjs's", () => {
  const integers = tf.tensor2d(
    Int32Array.from({ length: 2400 }, (_, i) => i),
    [40, 60],
    "int32",
  );
  expect(runKernel("Transpose", transpose, { x: integers }, { perm: [1, 0] })).toMatchObject({
    dtype: "int32",
    fellBack: true,
  });
  expect(runKernel("Concat", concat, [integers, integers], { axis: 1 })).toMatchObject({
    shape: [40, 120],
    fellBack: true,
  });
  const [wide, empty] = [tf.ones([40, 60]), tf.zeros([40, 0])];
  expect(runKernel("Concat", concat, [wide, empty], { axis: 1 })).toMatchObject({ shape: [40, 60], fellBack: true });
  expect(() => runKernel("Concat", concat, [wide, tf.ones([39, 60])], { axis: 1 })).toThrow();
});

describe("the addon refuses copies", () => {
  const [x, y] = [new Float32Array(100), new Float32Array(100)];
  const refused: readonly (readonly [string, () => void])[] = [
    ["that read past the end", () => addonOf().copy(Int32Array.of(10, 11, 10, 10, 1, 1), x, 0, y, 0)],
    ["that start too late", () => addonOf().copy(Int32Array.of(100, 1, 1), x, 1, y, 0)],
    ["that write past the end", () => addonOf().copy(Int32Array.of(10, 1, 10, 10, 10, 1), x, 0, y, 1)],
    ["onto themselves", () => addonOf().copy(Int32Array.of(50, 1, 1), x, 0, x, 49)],
    ["that write an element twice", () => addonOf().copy(Int32Array.of(2, 0, 0, 50, 1, 1), x, 0, y, 0)],
  ];
  for (const [what, run] of refused) check(what, () => expect(run).toThrow(TypeError));
});
