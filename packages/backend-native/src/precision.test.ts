import {
  additiveMask,
  type BlockOptions,
  type BlockWeights,
  DisposableStack,
  freezeMatrix,
  transformerBlock,
  useBackend,
  valueAndGradients,
} from "@dylora/tensor";
import { seededValues } from "@dylora/test-kit";
import type { Scalar, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, type TestContext, test } from "vitest";
import { nativeBackend } from "./index.ts";

const availability = await nativeBackend({ precision: "bfloat16" }).available();

interface Stack {
  readonly layers: number;
  readonly hidden: number;
  readonly options: BlockOptions;
  /** Tokens of each sequence that count. */
  readonly lengths?: readonly number[];
  /** Pairs on the feed-forward layers too. */
  readonly feedForward?: boolean;
}

/** A loss through a stack of blocks with pairs on query and value, and its gradients to input and pairs. */
async function run(
  { layers, hidden, options, lengths, feedForward = false }: Stack,
  precision: "float32" | "bfloat16",
) {
  const backend = await useBackend(nativeBackend({ precision, threads: 1 }));
  const stack = new DisposableStack();
  const linear = (name: string, inFeatures: number, outFeatures: number) => ({
    weight: stack.use(
      freezeMatrix(seededValues(inFeatures * outFeatures, name, Math.sqrt(3 / inFeatures)), {
        ...{ inFeatures, outFeatures, layout: "in-out" as const },
      }),
    ),
    bias: stack.use(tf.tensor1d(seededValues(outFeatures, `${name}/bias`, 0.1))),
  });
  const norm = { gamma: stack.use(tf.ones([hidden]) as Tensor1D), beta: stack.use(tf.zeros([hidden]) as Tensor1D) };
  const { batch, length } = options;
  const mask =
    lengths &&
    additiveMask(
      Array.from({ length: batch * length }, (_, i) => (i % length < (lengths[Math.floor(i / length)] ?? 0) ? 1 : 0)),
      batch,
      length,
    );
  const weights = Array.from({ length: layers }, (_, layer): BlockWeights => {
    const part = (name: string, inFeatures: number, outFeatures: number) =>
      linear(`${layer}/${name}`, inFeatures, outFeatures);
    return {
      qkv: part("qkv", hidden, 3 * hidden),
      attentionOutput: part("attentionOutput", hidden, hidden),
      intermediate: part("intermediate", hidden, 4 * hidden),
      output: part("output", 4 * hidden, hidden),
      attentionNorm: norm,
      outputNorm: norm,
    };
  });
  const rank = 4;
  const pairs = weights.flatMap((_, layer) =>
    ["Aq", "Bq", "Av", "Bv"].map((name) =>
      stack.use(tf.tensor2d(seededValues(rank * hidden, `${layer}/${name}`, 0.1), [rank, hidden])),
    ),
  );
  const wide = weights.flatMap((_, layer) =>
    [hidden, 4 * hidden, 4 * hidden, hidden].map((features, i) =>
      stack.use(tf.tensor2d(seededValues(rank * features, `${layer}/wide${i}`, 0.1), [rank, features])),
    ),
  );
  const x = stack.use(tf.tensor2d(seededValues(batch * length * hidden, "x"), [batch * length, hidden]));
  const target = stack.use(tf.tensor2d(seededValues(batch * length * hidden, "target"), [batch * length, hidden]));
  const inputs = [x, ...pairs, ...(feedForward ? wide : [])];
  const result = await valueAndGradients(() => {
    let h: Tensor2D = x;
    for (const [layer, block] of weights.entries()) {
      const [Aq, Bq, Av, Bv] = pairs.slice(4 * layer, 4 * layer + 4) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D];
      const [Ai, Bi, Ao, Bo] = wide.slice(4 * layer, 4 * layer + 4) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D];
      const adapters = {
        ...{ query: { A: Aq, Bt: Bq, gate: 2 }, value: { A: Av, Bt: Bv, gate: 2 } },
        ...(feedForward && { intermediate: { A: Ai, Bt: Bi, gate: 2 }, output: { A: Ao, Bt: Bo, gate: 2 } }),
      };
      h = transformerBlock(h, { weights: block, adapters }, mask === undefined ? options : { ...options, mask });
    }
    return tf.sum(tf.mul(h, target)) as Scalar;
  }, inputs);
  mask?.dispose();
  stack.dispose();
  backend.dispose();
  return result;
}

/** |a − b| / |b| and the cosine between them. */
function compare(a: Float32Array, b: Float32Array): { distance: number; cosine: number } {
  let [difference, product, lengthA, lengthB] = [0, 0, 0, 0];
  for (const [i, v] of a.entries()) {
    const w = b[i] as number;
    difference += (v - w) ** 2;
    product += v * w;
    lengthA += v * v;
    lengthB += w * w;
  }
  return { distance: Math.sqrt(difference / lengthB), cosine: product / Math.sqrt(lengthA * lengthB) };
}

async function expectClose(stack: Stack, distance: number): Promise<void> {
  const exact = await run(stack, "float32");
  const rounded = await run(stack, "bfloat16");
  for (const [index, gradient] of rounded.gradients.entries()) {
    const found = compare(gradient, exact.gradients[index] as Float32Array);
    expect(found.distance, `gradient ${index}`).toBeLessThan(distance);
    expect(found.cosine, `gradient ${index}`).toBeGreaterThan(1 - distance ** 2);
  }
}

const shape = { batch: 2, heads: 2, epsilon: 1e-5, gelu: "erf", norm: "post", causal: false } as const;
const drop = (key: number) => ({ key, probability: 0.1, firstExample: 1 });
const dropout = { attention: drop(1), attentionOutput: drop(2), output: drop(3) };

describe("bfloat16 is near float32", () => {
  const cases: [string, Stack, number][] = [
    ["heads of 64", { layers: 1, hidden: 128, options: { ...shape, length: 64 } }, 0.02],
    [
      "heads of 32, an odd length, padding",
      { layers: 1, hidden: 64, options: { ...shape, length: 37 }, lengths: [37, 5] },
      0.02,
    ],
    ["two tokens", { layers: 1, hidden: 64, options: { ...shape, length: 2 } }, 0.02],
    [
      "causal, three blocks of queries",
      { layers: 1, hidden: 64, options: { ...shape, length: 259, causal: true, norm: "pre", gelu: "tanh" } },
      0.02,
    ],
    ["dropout", { layers: 1, hidden: 64, options: { ...shape, length: 130, dropout } }, 0.02],
    [
      "dropout, causal",
      { layers: 1, hidden: 64, options: { ...shape, length: 45, dropout, causal: true, norm: "pre" } },
      0.02,
    ],
    ["matrices cut into parts", { layers: 2, hidden: 256, options: { ...shape, length: 21 } }, 0.02],
    [
      "matrices cut into parts, pre-norm",
      { layers: 2, hidden: 256, options: { ...shape, length: 21, norm: "pre", gelu: "tanh", dropout } },
      0.02,
    ],
    [
      "matrices cut into parts, pairs on all layers",
      { layers: 2, hidden: 256, options: { ...shape, length: 21 }, feedForward: true },
      0.02,
    ],
    ["heads that tiles do not fit", { layers: 1, hidden: 48, options: { ...shape, length: 20 } }, 0.02],
    ["twelve layers, post-norm", { layers: 12, hidden: 64, options: { ...shape, length: 40 } }, 0.1],
    [
      "twelve layers, pre-norm, causal",
      { layers: 12, hidden: 64, options: { ...shape, length: 40, norm: "pre", causal: true } },
      0.1,
    ],
  ];
  test.each(cases)("%s", async (_, stack, distance) => {
    if (availability.available) await expectClose(stack, distance);
  });
  test("the tests above ran", (context: TestContext) => {
    if (!availability.available) context.skip(`${availability.reason}; ${availability.remedy}`);
  });
});
