import { leakGuard, seededValues } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { wasmBackend } from "../index.ts";

let stop: () => void;

beforeAll(async () => {
  const backend = await wasmBackend().init();
  stop = () => backend.dispose();
});

afterAll(() => stop());

test("a clone shares its numbers and outlives the original", async () => {
  await leakGuard(async () => {
    const x = tf.tensor1d([1, 2, 3]);
    const { numDataBuffers } = tf.memory();
    const y = tf.clone(x);
    expect(tf.memory().numDataBuffers).toBe(numDataBuffers);
    x.dispose();
    expect([...y.dataSync()]).toEqual([1, 2, 3]);
    const z = tf.clone(y);
    y.dispose();
    expect([...(await z.data())]).toEqual([1, 2, 3]);
    z.dispose();
    const words = tf.tensor1d(["a", "b"]);
    const copy = tf.clone(words);
    words.dispose();
    expect(copy.dataSync<"string">()).toEqual(["a", "b"]);
    copy.dispose();
  });
});

test("rows are gathered by indices of any shape; other forms are still tfjs's", async () => {
  await leakGuard(() => {
    tf.tidy(() => {
      const values = seededValues(5 * 3, "table");
      const table = tf.tensor2d(values, [5, 3]);
      const row = (i: number) => [...values.subarray(3 * i, 3 * i + 3)];
      const two = tf.gather(table, tf.tensor2d([4, 0, 0, 2], [2, 2], "int32"));
      expect(two.shape).toEqual([2, 2, 3]);
      expect([...two.dataSync()]).toEqual([...row(4), ...row(0), ...row(0), ...row(2)]);
      const columns = tf.gather(table, tf.tensor1d([2], "int32"), 1);
      expect([...columns.dataSync()]).toEqual([2, 5, 8, 11, 14].map((i) => values[i]));
      const integers = tf.gather(tf.tensor1d([7, 8, 9], "int32"), tf.tensor1d([2, 1], "int32"));
      expect([...integers.dataSync()]).toEqual([9, 8]);
      const flat = tf.gather(tf.tensor1d([7, 8, 9]), tf.tensor1d([2, 1], "int32"));
      expect([...flat.dataSync()]).toEqual([9, 8]);
    });
  });
});

test("an index that is no row is named, and nothing is left behind", async () => {
  await leakGuard(() => {
    const table = tf.tensor2d(seededValues(6, "table"), [3, 2]);
    for (const bad of [3, -1]) {
      const indices = tf.tensor1d([0, bad], "int32");
      expect(() => tf.tidy(() => tf.gather(table, indices))).toThrow(`the index value ${bad} is not in [0, 2]`);
      indices.dispose();
    }
    table.dispose();
  });
});
