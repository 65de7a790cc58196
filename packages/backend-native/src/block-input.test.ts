import { transformerBlock, valueAndGradients } from "@dylora/tensor";
import { expectSameBits, seededValues } from "@dylora/test-kit";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { nativeTests } from "./fixtures/native-tests.ts";
import { freezeBlock } from "./fixtures/random-block.ts";

const check = nativeTests();
const [hidden, batch, length, rank] = [60, 3, 20, 4];
const options = { batch, length, heads: 4, epsilon: 1e-5, gelu: "erf", norm: "post", causal: false } as const;

/** Two post-norm blocks, one after the other; `between` makes the input of the second. */
async function twoBlocks(between: (y: Tensor2D) => Tensor2D) {
  const blocks = [freezeBlock(hidden, 4 * hidden), freezeBlock(hidden, 4 * hidden)];
  const x = tf.tensor2d(seededValues(batch * length * hidden, "x"), [batch * length, hidden]);
  const weight = tf.tensor2d(seededValues(batch * length * hidden, "weight"), x.shape);
  const vector = (name: string) => tf.tensor1d(seededValues(hidden, name));
  const outputNorm = { gamma: vector("gamma"), beta: vector("beta") };
  const pairs = ["A1", "B1", "A2", "B2"].map((name) =>
    tf.tensor2d(seededValues(rank * hidden, name, 0.1), [rank, hidden]),
  ) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D];
  const [A1, B1, A2, B2] = pairs;
  const run = (input: Tensor2D, index: number, A: Tensor2D, Bt: Tensor2D): Tensor2D =>
    transformerBlock(
      input,
      {
        weights: { ...(blocks[index] as (typeof blocks)[0]).weights, outputNorm },
        adapters: { query: { A, Bt, gate: 2 } },
      },
      options,
    );
  const start = tf.memory().numDataBuffers;
  let held = 0;
  const result = await valueAndGradients(() => {
    const first = run(x, 0, A1, B1);
    const input = between(first);
    const second = run(input, 1, A2, B2);
    first.dispose();
    if (input !== first) input.dispose();
    held = tf.memory().numDataBuffers - start;
    return tf.sum(tf.mul(second, weight)) as Scalar;
  }, pairs);
  expect(tf.memory().numDataBuffers).toBe(start);
  tf.dispose([x, weight, outputNorm.gamma, outputNorm.beta, ...pairs]);
  for (const block of blocks) block.dispose();
  return { ...result, held };
}

check("an input that is made again is the same bits", async () => {
  const chained = await twoBlocks((y) => y);
  const copied = await twoBlocks((y) => tf.mul(y, 1));
  expect(chained.value).toBe(copied.value);
  for (const [index, gradient] of chained.gradients.entries()) {
    expectSameBits(gradient, copied.gradients[index] as Float32Array, `gradient ${index}`);
    expect(gradient.some((value) => value !== 0)).toBe(true);
  }
});

check("a block saves no input that the block before it makes again", async () => {
  // What each of the two has saved, and the result.
  expect((await twoBlocks((y) => y)).held).toBe(3);
});

check("an input that no block made is saved", async () => {
  const { held } = await twoBlocks((y) => tf.tensor2d(y.dataSync().slice(), y.shape));
  expect(held).toBe(4);
});
