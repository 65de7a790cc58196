import { cpuBackend, leakGuard, seededValues } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { useBackend } from "../backend/use-backend.ts";
import type { PlainKeyValueCache } from "../composed/key-value-cache.ts";
import type { Backend } from "../contract/backend.ts";
import type { BlockWeights } from "../contract/block.ts";
import type { KeyValueCache } from "../contract/key-value-cache.ts";
import { registerFusedKernels } from "../registry.ts";
import { cachedBlock } from "./cached-block.ts";
import { freezeMatrix } from "./frozen-matrix.ts";

let backend: Backend;
let weights: BlockWeights;
const hidden = 4;
const arithmetic = { heads: 2, norm: "pre", epsilon: 1e-5, gelu: "tanh" } as const;
const tokens = (rows: number) => tf.tensor2d(seededValues(rows * hidden, `tokens ${rows}`), [rows, hidden]);

beforeAll(async () => {
  backend = await useBackend(cpuBackend());
  const layer = (inFeatures: number, outFeatures: number) => ({
    weight: freezeMatrix(seededValues(inFeatures * outFeatures, `${inFeatures} ${outFeatures}`), {
      inFeatures,
      outFeatures,
      layout: "in-out",
    }),
  });
  const norm = { gamma: tf.ones([hidden]) as tf.Tensor1D, beta: tf.zeros([hidden]) as tf.Tensor1D };
  weights = {
    qkv: layer(hidden, 3 * hidden),
    attentionOutput: layer(hidden, hidden),
    intermediate: layer(hidden, 6),
    output: layer(6, hidden),
    attentionNorm: norm,
    outputNorm: norm,
  };
});
afterAll(() => backend.dispose());

const run = (rows: number, batch: number, cache?: KeyValueCache) => {
  const x = tokens(rows);
  try {
    return cachedBlock(x, { weights, adapters: {} }, { ...arithmetic, batch, length: Math.floor(rows / batch) }, cache);
  } finally {
    x.dispose();
  }
};

describe("the cache", () => {
  test("holds every token seen, outlives a tidy and is not disposed by what follows", async () => {
    await leakGuard(() => {
      let first!: KeyValueCache;
      tf.tidy(() => {
        const { y, cache } = run(6, 2);
        expect(y.shape).toEqual([6, hidden]);
        first = cache;
      });
      const second = run(2, 2, first);
      expect(first).toMatchObject({ batch: 2, heads: 2, size: 2, length: 3 });
      expect(second.cache).toMatchObject({ batch: 2, heads: 2, size: 2, length: 4 });
      expect((first as PlainKeyValueCache).keys.isDisposed).toBe(false);
      for (const cache of [first, second.cache, first]) cache.dispose();
      second.y.dispose();
    });
  });

  test.each([
    ["another batch", 3, 3],
    ["rows that are no whole texts", 3, 2],
  ])("%s is refused, and leaves nothing", async (_, rows, batch) => {
    const { y, cache } = run(4, 2);
    await leakGuard(() => {
      expect(() => run(rows, batch, cache)).toThrow(expect.objectContaining({ code: "bad_shape" }));
    });
    tf.dispose(y);
    cache.dispose();
  });

  test("a kernel that throws leaves nothing", async () => {
    registerFusedKernels("cpu", {
      gelu() {
        throw new Error("broken kernel");
      },
    });
    await leakGuard(() => {
      expect(() => run(4, 2)).toThrow("broken kernel");
    });
    registerFusedKernels("cpu", {});
  });
});
