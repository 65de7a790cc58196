import { type BlockSite, type BlockWeights, cachedBlock, type KeyValueCache, type LoraOperand } from "@dylora/tensor";
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
      tf.dispose([piece, mask, result.y]);
      cache?.dispose();
      cache = result.cache;
      past += count;
    }
    cache?.[Symbol.dispose]();
    for (const [, { A, Bt, gate: tensor }] of operands) tf.dispose([A, Bt, tensor as Tensor2D]);
    dispose();
  });
  // A hidden token sees nothing, so what stands in its row means nothing.
  const counts = (_: number, index: number): boolean => seen[Math.floor(index / hidden)] === true;
  expectAllClose(actual.filter(counts), whole.values.filter(counts), { tolerance, what: test.name });
}

const wide = { heads: 2, hidden: 64, inner: 96 };

/** What the float64 block gives for whole sequences of tokens, each row a token. */
function wholeText(texts: readonly (readonly string[])[], block: reference.ReferenceBlockWeights) {
  const rows = texts.flat().flatMap((token) => [...seededValues(wide.hidden, token)]);
  const [first = []] = texts;
  const options = { batch: texts.length, heads: wide.heads, norm: "pre", epsilon: 1e-5, gelu: "tanh" } as const;
  const x = reference.matrix(texts.length * first.length, wide.hidden, Float32Array.from(rows));
  return reference.transformerBlock(x, block, {}, { ...options, length: first.length, causal: true });
}

/**
 * Texts that branch: sequences of a cache are taken in another order, some twice and some not at all, and one cache is
 * continued several times. Every continuation equals its whole text, whatever memory the caches share.
 */
export async function checkBranchingTexts(tolerance: number): Promise<void> {
  const block = blockWeights("branching", wide.hidden, wide.inner);
  await leakGuard(async () => {
    const { weights, dispose } = block.prepare();
    const expectContinued = async (texts: readonly (readonly string[])[], from?: KeyValueCache) => {
      const past = from?.length ?? 0;
      const count = (texts[0]?.length ?? 0) - past;
      const rows = texts.flatMap((text) => text.slice(past)).flatMap((token) => [...seededValues(wide.hidden, token)]);
      const x = tf.tensor2d(rows, [texts.length * count, wide.hidden]);
      const options = { batch: texts.length, length: count, heads: wide.heads, norm: "pre", epsilon: 1e-5 } as const;
      const { y, cache } = cachedBlock(x, { weights, adapters: {} }, { ...options, gelu: "tanh" }, from);
      const whole = wholeText(texts, block.reference);
      const length = past + count;
      const isNew = (_: number, index: number): boolean => Math.floor(index / wide.hidden) % length >= past;
      expectAllClose(await y.data(), whole.values.filter(isNew), { tolerance, what: texts.join(" | ") });
      tf.dispose([x, y]);
      return cache;
    };
    const root = await expectContinued([
      ["a", "b", "c"],
      ["d", "e", "f"],
    ]);
    const straight = await expectContinued(
      [
        ["a", "b", "c", "g"],
        ["d", "e", "f", "h"],
      ],
      root,
    );
    const chosen = straight.select([1, 0, 1]);
    const grown = await expectContinued(
      [
        ["d", "e", "f", "h", "i"],
        ["a", "b", "c", "g", "j"],
        ["d", "e", "f", "h", "k"],
      ],
      chosen,
    );
    const again = await expectContinued(
      [
        ["a", "b", "c", "l"],
        ["d", "e", "f", "m"],
      ],
      root,
    );
    const fewer = grown.select([2, 1]);
    const swapped = await expectContinued(
      [
        ["d", "e", "f", "h", "k", "n"],
        ["a", "b", "c", "g", "j", "o"],
      ],
      fewer,
    );
    const late = await expectContinued(
      [
        ["d", "e", "f", "h", "i", "p"],
        ["a", "b", "c", "g", "j", "q"],
        ["d", "e", "f", "h", "k", "r"],
      ],
      grown,
    );
    let long = swapped;
    const texts = [
      ["d", "e", "f", "h", "k", "n"],
      ["a", "b", "c", "g", "j", "o"],
    ];
    for (let token = 0; token < 150; token++) {
      for (const [row, text] of texts.entries()) text.push(`${row}/${token % 7}`);
      // Every token against the whole text would take long; the last ones have the longest cache.
      const next =
        token < 2 || token > 147 ? await expectContinued(texts, long) : continueUnchecked(weights, texts, long);
      if (long !== swapped) long.dispose();
      long = next;
    }
    for (const cache of [root, straight, chosen, grown, again, fewer, swapped, late, long, root]) cache.dispose();
    dispose();
  });
}

/** One more token of each text. */
function continueUnchecked(weights: BlockWeights, texts: readonly (readonly string[])[], cache: KeyValueCache) {
  const rows = texts.flatMap((text) => [...seededValues(wide.hidden, text.at(-1) as string)]);
  const x = tf.tensor2d(rows, [texts.length, wide.hidden]);
  const options = { batch: texts.length, length: 1, heads: wide.heads, norm: "pre", epsilon: 1e-5 } as const;
  const result = cachedBlock(x, { weights, adapters: {} }, { ...options, gelu: "tanh" }, cache);
  tf.dispose([x, result.y]);
  return result.cache;
}
