import { cachedBlock, type KeyValueCache } from "@dylora/tensor";
import { expectSameBits, seededValues } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { nativeTests } from "./fixtures/native-tests.ts";
import { freezeBlock } from "./fixtures/random-block.ts";

const check = nativeTests();
const [hidden, batch] = [16, 2];
const fixed = { batch, heads: 2, norm: "pre", epsilon: 1e-5, gelu: "tanh" } as const;

/** Reads a text of so many tokens, the first five at once and then eleven at a time; gives the last result and the storages. */
function read(tokens: number, expectedLength: number | undefined) {
  const { weights, dispose } = freezeBlock(hidden, 4 * hidden);
  const { numDataBuffers } = tf.memory();
  const caches: KeyValueCache[] = [];
  let last = new Float32Array();
  for (let seen = 0; seen < tokens; ) {
    const length = seen === 0 ? 5 : 11;
    const x = tf.tensor2d(seededValues(batch * length * hidden, `x${seen}`), [batch * length, hidden]);
    const options = { ...fixed, length, ...(expectedLength === undefined ? {} : { expectedLength }) };
    const { y, cache } = cachedBlock(x, { weights, adapters: {} }, options, caches.at(-1));
    last = y.dataSync<"float32">().slice();
    tf.dispose([x, y]);
    caches.push(cache);
    seen += length;
  }
  const storages = tf.memory().numDataBuffers - numDataBuffers;
  for (const cache of caches) cache.dispose();
  dispose();
  return { last, storages };
}

check("a cache whose length is expected is never copied, and gives the same", () => {
  const [grown, expected] = [read(115, undefined), read(115, 115)];
  expect(grown.storages).toBeGreaterThan(1);
  expect(expected.storages).toBe(1);
  expectSameBits(expected.last, grown.last, "the last token");
});

check("more or fewer tokens than were expected are no error", () => {
  const plain = read(60, undefined);
  for (const expectedLength of [1, 5, 30, 59, 61, 1000]) {
    expectSameBits(read(60, expectedLength).last, plain.last, `${expectedLength} expected`);
  }
});
