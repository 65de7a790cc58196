import { freezeMatrix, frozenLinear, softmaxCrossEntropy, transformerBlock, valueAndGradients } from "@dylora/tensor";
import { expectAllClose, leakGuard, seededValues } from "@dylora/test-kit";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { wasmBackend } from "../index.ts";
import { kernelContextOf } from "../kernel-context.ts";
import type { KernelMemory } from "./kernel-memory.ts";

let memory: KernelMemory;
let stop: () => void;

beforeAll(async () => {
  const backend = await wasmBackend().init();
  memory = (await kernelContextOf(tf.backend())).memory;
  stop = () => backend.dispose();
});

afterAll(() => stop());

const size = 24;
const norm = () => ({ gamma: tf.ones([size]) as Tensor1D, beta: tf.zeros([size]) as Tensor1D });
const layer = (inFeatures: number, outFeatures: number) => ({
  weight: freezeMatrix(seededValues(inFeatures * outFeatures, "w", 0.3), { inFeatures, outFeatures, layout: "out-in" }),
});

test("a training step leaves no tensor and no byte of the heap behind", async () => {
  const weights = {
    ...{ qkv: layer(size, 3 * size), attentionOutput: layer(size, size) },
    ...{ intermediate: layer(size, 4 * size), output: layer(4 * size, size) },
    ...{ attentionNorm: norm(), outputNorm: norm() },
  };
  const x = tf.tensor2d(seededValues(6 * size, "x"), [6, size]);
  const A = tf.tensor2d(seededValues(2 * size, "A"), [2, size]);
  const Bt = tf.tensor2d(seededValues(2 * size, "B"), [2, size]);
  const dropout = { key: 3, probability: 0.1 };
  const adapters = { query: { A, Bt, gate: 2, dropout }, value: { A, Bt, gate: 2 } };
  const shape = { batch: 2, length: 3, heads: 2, causal: true, epsilon: 1e-5, gelu: "erf", norm: "post" } as const;
  const loss = () =>
    softmaxCrossEntropy(
      transformerBlock(x, { weights, adapters }, { ...shape, dropout: { attention: dropout, output: dropout } }),
      [0, 1, 2, 3, 4, 5],
    );
  const step = () => valueAndGradients(loss, [A, Bt]);
  /** Where the allocator would put a large and a small piece: any piece more in use moves one of them. */
  const probe = () => {
    const pieces = [1 << 20, 4096, 64].map((bytes) => memory.allocate(bytes));
    for (const piece of pieces) memory.free(piece);
    return pieces;
  };
  await step();
  const before = { probe: probe(), bytes: memory.memory.buffer.byteLength };
  await leakGuard(async () => {
    for (let i = 0; i < 25; i++) await step();
  });
  expect({ probe: probe(), bytes: memory.memory.buffer.byteLength }).toEqual(before);
  for (const { weight } of [weights.qkv, weights.attentionOutput, weights.intermediate, weights.output]) {
    weight.dispose();
  }
  tf.dispose([x, A, Bt, weights.attentionNorm, weights.outputNorm] as never);
});

test("results stay right when the memory grows in the middle of a computation", () => {
  const { weight } = layer(size, size);
  const x = tf.tensor2d(seededValues(size, "x"), [1, size]);
  const wide = tf.tile(x, [10_000, 1]);
  const expected = frozenLinear(x, { weight }).dataSync();
  const start = memory.memory.buffer.byteLength;
  const held: Tensor2D[] = [];
  // each result is allocated by the op itself, so the last of these grows the memory while the op runs
  while (memory.memory.buffer.byteLength === start) held.push(frozenLinear(wide, { weight }));
  const last = held.at(-1)?.dataSync() ?? [];
  expectAllClose(last.slice(-size), expected, { tolerance: 1e-6 });
  expectAllClose(last.slice(0, size), expected, { tolerance: 1e-6 });
  tf.dispose([...held, x, wide]);
  weight.dispose();
});

test("a frozen matrix takes its own size and no more", () => {
  const [inFeatures, outFeatures] = [300, 500];
  const before = tf.memory();
  const weight = freezeMatrix(new Float32Array(inFeatures * outFeatures), {
    inFeatures,
    outFeatures,
    layout: "in-out",
  });
  expect(tf.memory().numBytes - before.numBytes).toBe(4 * inFeatures * outFeatures);
  weight.dispose();
  weight.dispose();
  expect(tf.memory().numTensors).toBe(before.numTensors);
});

test("what cannot be computed with is named", () => {
  const integers = tf.tensor1d([1, 2], "int32");
  expect(() => memory.at(integers)).toThrow("expected float32, got int32");
  integers.dispose();
  expect(() => memory.at(integers)).toThrow();
  const gone = tf.tensor1d([1, 2]);
  gone.dispose();
  expect(() => memory.at(gone)).toThrow("this [2] tensor has been disposed");
});

test("a size beyond the memory is refused, and nothing is lost", () => {
  const before = tf.memory().numTensors;
  expect(() => memory.allocate(0xff000000)).toThrow(/no 4177920 KiB left/);
  expect(() => memory.output([0x3fc00000])).toThrow(/no 4177920 KiB left/);
  expect(tf.memory().numTensors).toBe(before);
});
