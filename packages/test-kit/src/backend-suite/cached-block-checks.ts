import { type BlockSite, cachedBlock, type KeyValueCache, type LoraOperand } from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { expectAllClose } from "../closeness.ts";
import { leakGuard } from "../leak-guard.ts";
import * as reference from "../reference/index.ts";
import { seededValues } from "../seeded-values.ts";
import { blockWeights } from "./block-weights.ts";
import { gateTensor } from "./linear-cases.ts";

const shape = { batch: 2, heads: 2 };
const hidden = 8;
const length = 7;

/** A text fed to a cached block in pieces. */
export interface CachedBlockCase {
  /** What sets it apart. */
  readonly name: string;
  /** Tokens of each piece; together seven. */
  readonly pieces: readonly number[];
  /** Where it normalises. */
  readonly norm: "post" | "pre";
  /** Hidden tokens at the start of each sequence. */
  readonly padding?: readonly [number, number];
}

/** One piece, two, and a token at a time; with and without padding on the left. */
export const cachedBlockCases: readonly CachedBlockCase[] = [
  { name: "in one piece, pre-norm", pieces: [7], norm: "pre" },
  { name: "a token at a time, pre-norm", pieces: [1, 1, 1, 1, 1, 1, 1], norm: "pre" },
  { name: "in three pieces, padded on the left", pieces: [3, 1, 3], norm: "pre", padding: [2, 0] },
  { name: "a prompt and then tokens, post-norm", pieces: [5, 1, 1], norm: "post", padding: [0, 1] },
];

const gate = [
  [2, 0],
  [1, 1],
];
const sites: readonly [BlockSite, number, number][] = [
  ["query", hidden, hidden],
  ["value", hidden, hidden],
  ["output", 12, hidden],
];

function pairValues(site: string, inFeatures: number, outFeatures: number) {
  return { A: seededValues(2 * inFeatures, `${site}/A`), Bt: seededValues(2 * outFeatures, `${site}/Bt`) };
}

/** A cached block gives what the whole causal block gives, wherever the text is cut. */
export async function checkCachedBlock(test: CachedBlockCase, tolerance: number): Promise<void> {
  const { pieces, norm, padding = [0, 0] } = test;
  const x = seededValues(shape.batch * length * hidden, "text");
  const seen = padding.flatMap((hiddenTokens) => Array.from({ length }, (_, token) => token >= hiddenTokens));
  const common = { ...shape, norm, epsilon: 1e-5, gelu: "tanh" } as const;
  const block = blockWeights("cached", hidden, 12);
  const adapters = Object.fromEntries(
    sites.map(([site, inFeatures, outFeatures]) => {
      const { A, Bt } = pairValues(site, inFeatures, outFeatures);
      return [site, { A: reference.matrix(2, inFeatures, A), Bt: reference.matrix(2, outFeatures, Bt), gate }];
    }),
  );
  const whole = reference.transformerBlock(
    reference.matrix(shape.batch * length, hidden, x),
    block.reference,
    adapters,
    {
      ...common,
      ...{ length, causal: true, visible: seen },
    },
  );
  const actual = new Float32Array(x.length);
  await leakGuard(async () => {
    const { weights, dispose } = block.prepare();
    const operands = sites.map(([site, inFeatures, outFeatures]): [BlockSite, LoraOperand] => {
      const { A, Bt } = pairValues(site, inFeatures, outFeatures);
      return [
        site,
        { A: tf.tensor2d(A, [2, inFeatures]), Bt: tf.tensor2d(Bt, [2, outFeatures]), gate: gateTensor(gate) },
      ];
    });
    let cache: KeyValueCache | undefined;
    let past = 0;
    for (const count of pieces) {
      const rows = padding.flatMap((_, sequence) => {
        const from = (sequence * length + past) * hidden;
        return [...x.subarray(from, from + count * hidden)];
      });
      const piece = tf.tensor2d(rows, [shape.batch * count, hidden]);
      const mask = tf.tensor2d(
        padding.map((hiddenTokens) =>
          Array.from({ length: past + count }, (_, token) => (token < hiddenTokens ? -1e9 : 0)),
        ),
      ) as Tensor2D;
      const options = { ...common, length: count, ...(padding.some((tokens) => tokens > 0) ? { mask } : {}) };
      const result = cachedBlock(piece, { weights, adapters: Object.fromEntries(operands) }, options, cache);
      const y = await result.y.data();
      for (const sequence of padding.keys()) {
        const from = sequence * count * hidden;
        actual.set(y.subarray(from, from + count * hidden), (sequence * length + past) * hidden);
      }
      tf.dispose([piece, mask, result.y, ...(cache === undefined ? [] : [cache.keys, cache.values])]);
      cache = result.cache;
      past += count;
    }
    tf.dispose([cache?.keys ?? [], cache?.values ?? []]);
    for (const [, { A, Bt, gate: tensor }] of operands) tf.dispose([A, Bt, tensor as Tensor2D]);
    dispose();
  });
  // A hidden token sees nothing, so what stands in its row means nothing.
  const counts = (_: number, index: number): boolean => seen[Math.floor(index / hidden)] === true;
  expectAllClose(actual.filter(counts), whole.values.filter(counts), { tolerance, what: test.name });
}
