import {
  additiveMask,
  attention,
  type BlockOptions,
  cachedBlock,
  dropout,
  embedding,
  freezeEmbedding,
  freezeMatrix,
  frozenLinear,
  type KeyValueCache,
  layerNorm,
  linear,
  loraLinear,
  meanSquaredError,
  selectRows,
  softmaxCrossEntropy,
  transformerBlock,
  unembed,
} from "@dylora/tensor";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { blockWeights } from "./block-weights.ts";

/** A call that must be refused. */
export interface Refusal {
  /** What is wrong. */
  readonly name: string;
  /** Code of the expected error; default `bad_shape`. */
  readonly code?: string;
  /** The call, made inside a `tf.tidy`. */
  call(): unknown;
}

const m = (rows: number, columns: number): Tensor2D => tf.zeros([rows, columns]);
const v = (length: number): Tensor1D => tf.zeros([length]);

function withWeight(use: (weight: ReturnType<typeof freezeMatrix>) => unknown): () => void {
  return () => {
    const weight = freezeMatrix(new Float32Array(12), { inFeatures: 3, outFeatures: 4, layout: "in-out" });
    try {
      use(weight);
    } finally {
      weight.dispose();
    }
  };
}

function block(x: [number, number], changes: Partial<BlockOptions>, adapters = {}, hidden = 4): () => void {
  return () => {
    const { weights, dispose } = blockWeights("refusals", hidden, 6).prepare();
    const options: BlockOptions = {
      ...{ batch: 2, length: 3, heads: 2, norm: "post", epsilon: 1e-5, gelu: "erf", causal: false },
      ...changes,
    };
    try {
      transformerBlock(m(...x), { weights, adapters }, options);
    } finally {
      dispose();
    }
  };
}

/** A cache of this shape that nothing should get as far as to read. */
function cacheOf([batch, heads, length, size]: readonly [number, number, number, number]): KeyValueCache {
  const cache: KeyValueCache = {
    batch,
    heads,
    length,
    size,
    select: () => cache,
    dispose: () => {},
    [Symbol.dispose]: () => {},
  };
  return cache;
}

function cached(x: [number, number], seen: [number, number, number, number], mask?: [number, number]): () => void {
  return () => {
    const { weights, dispose } = blockWeights("refusals", 4, 6).prepare();
    const options = { batch: 2, length: 1, heads: 2, norm: "pre", epsilon: 1e-5, gelu: "tanh" } as const;
    const masked = mask === undefined ? options : { ...options, mask: m(...mask) };
    try {
      cachedBlock(m(...x), { weights, adapters: {} }, masked, cacheOf(seen));
    } finally {
      dispose();
    }
  };
}

function withTable(use: (table: ReturnType<typeof freezeEmbedding>) => unknown): () => void {
  return () => {
    const table = freezeEmbedding(new Float32Array(6), [2, 3], "token");
    try {
      use(table);
    } finally {
      table.dispose();
    }
  };
}

const lora = (A: [number, number], Bt: [number, number], gate: number | Tensor1D | Tensor2D = 1) => ({
  A: m(...A),
  Bt: m(...Bt),
  gate,
});
const shape = { batch: 2, length: 3, heads: 2, causal: false };
const key = 1;

/** Calls with shapes, ids, labels and probabilities that do not fit. */
export const refusals: readonly Refusal[] = [
  {
    name: "freezeMatrix: too few numbers",
    call: () => freezeMatrix(new Float32Array(5), { inFeatures: 2, outFeatures: 3, layout: "out-in" }),
  },
  { name: "frozenLinear: width of x", call: withWeight((weight) => frozenLinear(m(2, 4), { weight })) },
  {
    name: "frozenLinear: a bias that would be broadcast",
    call: withWeight((weight) => frozenLinear(m(2, 3), { weight, bias: v(1) })),
  },
  { name: "linear: width of x", call: () => linear(m(2, 3), m(4, 5), v(4)) },
  { name: "linear: bias", call: () => linear(m(2, 3), m(4, 3), v(3)) },
  {
    name: "loraLinear: width of x",
    call: withWeight((weight) => loraLinear(m(2, 5), { weight }, lora([1, 5], [1, 4]))),
  },
  { name: "loraLinear: A", call: withWeight((weight) => loraLinear(m(2, 3), { weight }, lora([1, 4], [1, 4]))) },
  { name: "loraLinear: B", call: withWeight((weight) => loraLinear(m(2, 3), { weight }, lora([1, 3], [1, 3]))) },
  { name: "loraLinear: ranks", call: withWeight((weight) => loraLinear(m(2, 3), { weight }, lora([2, 3], [1, 4]))) },
  {
    name: "loraLinear: gate [r]",
    call: withWeight((weight) => loraLinear(m(2, 3), { weight }, lora([2, 3], [2, 4], v(3)))),
  },
  {
    name: "loraLinear: gate [examples, r]",
    call: withWeight((weight) => loraLinear(m(4, 3), { weight }, lora([2, 3], [2, 4], m(3, 2)), 2)),
  },
  {
    name: "loraLinear: rows that the examples cannot share",
    call: withWeight((weight) => loraLinear(m(5, 3), { weight }, lora([2, 3], [2, 4]), 2)),
  },
  {
    name: "loraLinear: dropout of 1",
    code: "bad_dropout",
    call: withWeight((weight) =>
      loraLinear(m(2, 3), { weight }, { ...lora([2, 3], [2, 4]), dropout: { key, probability: 1 } }),
    ),
  },
  {
    name: "loraLinear: negative dropout",
    code: "bad_dropout",
    call: withWeight((weight) =>
      loraLinear(m(2, 3), { weight }, { ...lora([2, 3], [2, 4]), dropout: { key, probability: -0.1 } }),
    ),
  },
  { name: "layerNorm: gamma", call: () => layerNorm(m(2, 3), v(2), v(3)) },
  { name: "layerNorm: beta", call: () => layerNorm(m(2, 3), v(3), v(1)) },
  { name: "attention: keys", call: () => attention(m(6, 4), m(5, 4), m(6, 4), shape) },
  { name: "attention: values", call: () => attention(m(6, 4), m(6, 4), m(6, 2), shape) },
  { name: "attention: rows", call: () => attention(m(5, 4), m(5, 4), m(5, 4), shape) },
  { name: "attention: heads", call: () => attention(m(6, 5), m(6, 5), m(6, 5), shape) },
  { name: "attention: mask", call: () => attention(m(6, 4), m(6, 4), m(6, 4), { ...shape, mask: m(3, 2) }) },
  {
    name: "attention: dropout above 1",
    code: "bad_dropout",
    call: () => attention(m(6, 4), m(6, 4), m(6, 4), { ...shape, dropout: { key, probability: 1.5 } }),
  },
  { name: "additiveMask: length", call: () => additiveMask([1, 1, 0], 2, 2) },
  { name: "softmaxCrossEntropy: number of labels", call: () => softmaxCrossEntropy(m(2, 3), [0]) },
  { name: "softmaxCrossEntropy: label", code: "bad_label", call: () => softmaxCrossEntropy(m(2, 3), [0, 3]) },
  { name: "softmaxCrossEntropy: fraction", code: "bad_label", call: () => softmaxCrossEntropy(m(2, 3), [0, 0.5]) },
  { name: "softmaxCrossEntropy: all ignored", code: "no_labels", call: () => softmaxCrossEntropy(m(1, 3), [-100]) },
  {
    name: "softmaxCrossEntropy: smoothing",
    code: "bad_label_smoothing",
    call: () => softmaxCrossEntropy(m(1, 3), [0], { labelSmoothing: 1 }),
  },
  { name: "meanSquaredError: number of targets", call: () => meanSquaredError(m(2, 1), [1]) },
  { name: "dropout: rows that the examples cannot share", call: () => dropout(m(3, 2), { key, probability: 0.5 }, 2) },
  { name: "dropout: NaN", code: "bad_dropout", call: () => dropout(m(2, 2), { key, probability: Number.NaN }, 2) },
  { name: "freezeEmbedding: too few numbers", call: () => freezeEmbedding(new Float32Array(5), [2, 3], "token") },
  { name: "embedding: id", code: "id_out_of_range", call: withTable((table) => embedding([0, 2], table)) },
  { name: "embedding: no ids", call: withTable((table) => embedding([], table)) },
  { name: "unembed: width of x", call: withTable((table) => unembed(m(2, 2), table)) },
  { name: "unembed: bias", call: withTable((table) => unembed(m(2, 3), table, v(3))) },
  { name: "selectRows: row", code: "id_out_of_range", call: () => selectRows(m(2, 3), [0, 2]) },
  { name: "selectRows: the same row twice", code: "id_out_of_range", call: () => selectRows(m(2, 3), [1, 1]) },
  { name: "cachedBlock: rows", call: cached([3, 4], [2, 2, 5, 2]) },
  { name: "cachedBlock: hidden size", call: cached([2, 6], [2, 2, 5, 3]) },
  { name: "cachedBlock: a cache of another batch", call: cached([2, 4], [3, 2, 5, 2]) },
  { name: "cachedBlock: mask", call: cached([2, 4], [2, 2, 5, 2], [2, 5]) },
  { name: "transformerBlock: rows", call: block([5, 4], {}) },
  { name: "transformerBlock: heads", call: block([6, 4], { heads: 3 }) },
  { name: "transformerBlock: no first token", call: block([6, 4], { firstTokens: 0 }) },
  { name: "transformerBlock: more first tokens than there are", call: block([6, 4], { firstTokens: 4 }) },
  { name: "transformerBlock: hidden size", call: block([6, 4], {}, {}, 6) },
  { name: "transformerBlock: mask", call: () => block([6, 4], { mask: m(3, 2) })() },
  {
    name: "transformerBlock: adapter of a part",
    call: () => block([6, 4], {}, { query: lora([2, 4], [2, 12]) })(),
  },
  { name: "transformerBlock: adapter", call: () => block([6, 4], {}, { output: lora([2, 4], [2, 4]) })() },
  {
    name: "transformerBlock: dropout",
    code: "bad_dropout",
    call: block([6, 4], { dropout: { output: { key, probability: 1 } } }),
  },
];
