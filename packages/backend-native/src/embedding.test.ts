import { embedding, freezeEmbedding, softmaxCrossEntropy, unembed, valueAndGradients } from "@dylora/tensor";
import { expectSameBits, seededValues } from "@dylora/test-kit";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect } from "vitest";
import type { PackedHandle } from "./addon/addon.ts";
import { freezeTable } from "./embedding.ts";
import { addonOf } from "./fixtures/kernel-runs.ts";
import { nativeTests } from "./fixtures/native-tests.ts";
import { makeKernelContext } from "./kernel-context.ts";

const check = nativeTests();
/** Rows and features, of which some make whole cache lines, panels and kibibytes and some do not. */
const shapes: [number, number][] = [
  [1, 1],
  [2, 17],
  [67, 3],
  [130, 64],
  [256, 96],
  [1025, 33],
];

describe.each(shapes)("a table of %i rows of %i features that is an output layer too", (rows, features) => {
  const values = seededValues(rows * features, `table ${rows} ${features}`);
  const ids = Int32Array.from({ length: 2 * rows }, (_, i) => (i * 37 + (i >> 3)) % rows);

  check("gives its rows, and all its numbers, as they were given", () => {
    const frozen = freezeEmbedding(values.slice(), [rows, features], "token", true);
    const found = embedding(ids, frozen);
    for (const [i, id] of ids.entries()) {
      const own = found.dataSync().subarray(i * features, (i + 1) * features);
      expectSameBits(Float32Array.from(own), values.slice(id * features, (id + 1) * features), `row ${id}`);
    }
    expectSameBits(frozen.table.dataSync<"float32">(), values, "the table");
    // once they have been read, too
    const again = embedding(ids, frozen);
    expectSameBits(again.dataSync<"float32">(), found.dataSync<"float32">(), "rows of a table that was read");
    tf.dispose([found, again]);
    frozen.dispose();
  });

  check("gives the scores, loss and gradient of a table that is not, bit for bit", async () => {
    const x = tf.tensor2d(seededValues(5 * features, "x"), [5, features]);
    const labels = [0, 1, 2, 3, 4].map((row) => (row * 7) % rows);
    const results = [];
    for (const output of [false, true]) {
      const frozen = freezeEmbedding(values.slice(), [rows, features], "token", output);
      const scores = unembed(x, frozen);
      const { value, gradients } = await valueAndGradients(() => softmaxCrossEntropy(unembed(x, frozen), labels), [x]);
      results.push([scores.dataSync<"float32">().slice(), Float32Array.of(value), ...gradients]);
      scores.dispose();
      frozen.dispose();
    }
    const [plain = [], packed = []] = results;
    expect(packed.length).toBe(3);
    for (const [i, numbers] of packed.entries()) expectSameBits(numbers, plain[i] as Float32Array, `result ${i}`);
    x.dispose();
  });
});

/** A table on an addon that counts what is packed and not yet released. */
function counted(values: Float32Array, shape: [number, number]) {
  const addon = addonOf();
  const live = new Set<PackedHandle>();
  const counting = {
    ...addon,
    pack(...given: Parameters<typeof addon.pack>) {
      const packed = addon.pack(...given);
      live.add(packed);
      return packed;
    },
    release(packed: PackedHandle) {
      live.delete(packed);
      addon.release(packed);
    },
  };
  return { ...freezeTable(makeKernelContext(counting, false), values, shape, true), live };
}

const [shape, values] = [[40, 24] as [number, number], seededValues(40 * 24, "table")];

check("it is packed once, and freed with the embedding and the last handle on its tensor", () => {
  const { table, part, live } = counted(values.slice(), shape);
  expect(live.size).toBe(1);
  const copy = tf.clone(table) as Tensor2D;
  part?.dispose();
  part?.dispose();
  table.dispose();
  expect(live.size).toBe(1);
  expectSameBits(copy.dataSync<"float32">(), values, "numbers of a handle that outlives the embedding");
  expect(live.size).toBe(0);
  copy.dispose();
});

check("a table that nobody has read is freed with its embedding", () => {
  const { table, part, live } = counted(values.slice(), shape);
  table.dispose();
  expect(live.size).toBe(1);
  part?.dispose();
  expect(live.size).toBe(0);
});

check("the addon refuses ids that are no rows, halves, and a result of another size", () => {
  const addon = addonOf();
  const [features, rows] = [24, 40];
  const packed = addon.pack(values, features, rows, true, false);
  const y = new Float32Array(features);
  for (const id of [-1, rows]) {
    expect(() => addon.packedColumns(packed, Int32Array.of(id), y)).toThrow("columns of the matrix");
  }
  expect(() => addon.packedColumns(packed, Int32Array.of(1, 2), y)).toThrow("48 numbers");
  const halves = addon.pack(values, features, rows, true, true);
  expect(() => addon.packedColumns(halves, Int32Array.of(1), y)).toThrow("of float32");
  for (const one of [packed, halves]) addon.release(one);
  expect(() => addon.packedColumns(packed, Int32Array.of(1), y)).toThrow("released");
});
