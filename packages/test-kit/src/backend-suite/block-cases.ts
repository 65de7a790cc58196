import {
  additiveMask,
  type BlockOptions,
  type BlockSite,
  type DropoutKey,
  type GeluForm,
  type LoraOperand,
  transformerBlock,
} from "@dylora/tensor";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import * as reference from "../reference/index.ts";
import { attentionMaskOf, type Lengths, probabilityMask } from "./attention-cases.ts";
import { blockWeights, featuresOf } from "./block-weights.ts";
import { gateTensor, tokenMask } from "./linear-cases.ts";
import type { OpCase } from "./op-case.ts";

/** A LoRA pair of a block under test. */
export interface SiteUnderTest {
  /** Its dropout key. */
  readonly site: BlockSite;
  /** Its rank. */
  readonly rank: number;
  /** Its gate. */
  readonly gate: number | readonly number[] | readonly (readonly number[])[];
  /** Its dropout. */
  readonly dropout?: DropoutKey;
}

/** A block under test. */
export interface BlockShape {
  /** What sets it apart, for the title. */
  readonly note: string;
  readonly batch: number;
  readonly length: number;
  readonly heads: number;
  readonly hidden: number;
  readonly intermediate: number;
  readonly norm: "post" | "pre";
  readonly gelu: GeluForm;
  readonly causal?: boolean;
  readonly lengths?: Lengths;
  readonly sites: readonly SiteUnderTest[];
  readonly dropout?: NonNullable<BlockOptions["dropout"]>;
  readonly biased?: boolean;
  readonly firstTokens?: number;
  readonly frozenInput?: boolean;
}

function siteFeatures(site: BlockSite, hidden: number, intermediate: number): readonly [number, number] {
  if (site === "query" || site === "key" || site === "value") return [hidden, hidden];
  return featuresOf(hidden, intermediate)[site];
}

function present<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}

/** Rows of the first tokens of each sequence. */
function rowsOfFirst(values: ArrayLike<number>, { batch, length, hidden }: BlockShape, tokens: number): number[] {
  return Array.from({ length: batch }, (_, sequence) => {
    const start = sequence * length * hidden;
    return Array.from(values).slice(start, start + tokens * hidden);
  }).flat();
}

/** A block as a case: its inputs are x and the pairs. */
export function blockCase(shape: BlockShape): OpCase {
  const { batch, length, heads, hidden, intermediate, norm, causal = false, lengths, sites, dropout } = shape;
  const { firstTokens, frozenInput } = shape;
  const rows = batch * length;
  const name = `transformerBlock ${norm}-norm, ${batch}x${length}, hidden ${hidden}, ${heads} heads, gelu ${shape.gelu}: ${shape.note}`;
  const weights = blockWeights(name, hidden, intermediate, shape.biased ?? true);
  const mask = lengths && attentionMaskOf(lengths, length);
  const common = { batch, length, heads, causal, norm, epsilon: 1e-5, gelu: shape.gelu };
  const masks = {
    ...present("attention", dropout?.attention && probabilityMask(dropout.attention, batch, heads, length)),
    ...present(
      "attentionOutput",
      dropout?.attentionOutput && tokenMask(dropout.attentionOutput, batch, length, hidden),
    ),
    ...present("output", dropout?.output && tokenMask(dropout.output, batch, length, hidden)),
  };
  const pairShapes = sites.flatMap(({ site, rank }) => {
    const [inFeatures, outFeatures] = siteFeatures(site, hidden, intermediate);
    return [
      { name: `A of ${site}`, shape: [rank, inFeatures] },
      { name: `Bt of ${site}`, shape: [rank, outFeatures] },
    ];
  });
  return {
    name,
    inputs: [{ name: "x", shape: [rows, hidden], ...present("constant", frozenInput) }, ...pairShapes],
    prepare() {
      const frozen = weights.prepare();
      const additive = mask && additiveMask(mask, batch, length);
      const gates = sites.map(({ gate }) => gateTensor(gate));
      const options: BlockOptions = {
        ...{ ...common, ...present("mask", additive), ...present("dropout", dropout) },
        ...{ ...present("firstTokens", firstTokens), ...present("frozenInput", frozenInput) },
      };
      return {
        run(x, ...pairs) {
          const adapters: Partial<Record<BlockSite, LoraOperand>> = {};
          for (const [index, { site, dropout: dropoutKey }] of sites.entries()) {
            const [A, Bt] = pairs.slice(2 * index, 2 * index + 2) as [Tensor2D, Tensor2D];
            adapters[site] = { A, Bt, gate: gates[index] ?? 1, ...present("dropout", dropoutKey) };
          }
          return transformerBlock(x as Tensor2D, { weights: frozen.weights, adapters }, options);
        },
        dispose() {
          frozen.dispose();
          tf.dispose([additive, ...gates.filter((gate) => typeof gate !== "number")] as Tensor[]);
        },
      };
    },
    reference(x, ...pairs) {
      const adapters: Partial<Record<BlockSite, reference.ReferenceLora>> = {};
      for (const [index, { site, rank, gate, dropout: dropoutKey }] of sites.entries()) {
        const [inFeatures, outFeatures] = siteFeatures(site, hidden, intermediate);
        adapters[site] = {
          A: reference.matrix(rank, inFeatures, pairs[2 * index]),
          Bt: reference.matrix(rank, outFeatures, pairs[2 * index + 1]),
          gate,
          ...present("mask", dropoutKey && tokenMask(dropoutKey, batch, length, inFeatures)),
        };
      }
      const y = reference.transformerBlock(reference.matrix(rows, hidden, x), weights.reference, adapters, {
        ...common,
        masks,
        ...present(
          "visible",
          mask?.map((seen) => seen === 1),
        ),
      }).values;
      return firstTokens === undefined ? y : rowsOfFirst(y, shape, firstTokens);
    },
  };
}

const post = { batch: 2, length: 5, heads: 2, hidden: 8, intermediate: 12, norm: "post", gelu: "erf" } as const;
const pre = {
  batch: 3,
  length: 4,
  heads: 3,
  hidden: 9,
  intermediate: 11,
  norm: "pre",
  gelu: "tanh",
  causal: true,
} as const;

/** Blocks in every arrangement: sites, gates, masks, dropout. */
export const blockCases: readonly OpCase[] = [
  blockCase({ ...post, note: "no adapter", sites: [] }),
  blockCase({ ...post, batch: 1, length: 1, note: "one token", sites: [{ site: "query", rank: 1, gate: 1 }] }),
  blockCase({
    ...{ ...post, note: "query and value, one gate", lengths: [5, 3] },
    sites: [
      { site: "query", rank: 2, gate: 0.5 },
      { site: "value", rank: 2, gate: 0.5 },
    ],
  }),
  blockCase({
    ...{ ...post, note: "query and value, rank 1 of 3 and a number", biased: false },
    sites: [
      { site: "query", rank: 3, gate: [2, 0, 0] },
      { site: "value", rank: 2, gate: 0.5 },
    ],
  }),
  blockCase({
    ...{ ...post, note: "all of query, key, value; a rank for each example" },
    sites: [
      {
        site: "query",
        rank: 2,
        gate: [
          [2, 0],
          [1, 1],
        ],
      },
      { site: "key", rank: 1, gate: [1.5] },
      {
        site: "value",
        rank: 3,
        gate: [
          [1, 1, 0],
          [0, 0, 0],
        ],
      },
    ],
  }),
  blockCase({ ...pre, note: "fused qkv", sites: [{ site: "qkv", rank: 2, gate: [1, 0.5] }] }),
  blockCase({
    ...{ ...pre, note: "fused qkv together with parts" },
    sites: [
      { site: "qkv", rank: 2, gate: 0.5 },
      { site: "key", rank: 1, gate: 2 },
      { site: "value", rank: 3, gate: [1, 1, 0] },
    ],
  }),
  blockCase({
    ...{ ...post, note: "every site", lengths: [2, 5] },
    sites: [
      { site: "query", rank: 2, gate: 1 },
      { site: "key", rank: 2, gate: [1, 0] },
      { site: "value", rank: 1, gate: 1 },
      { site: "attentionOutput", rank: 2, gate: [0.5, 0.25] },
      { site: "intermediate", rank: 3, gate: [1, 1, 0] },
      {
        site: "output",
        rank: 2,
        gate: [
          [2, 0],
          [1, 1],
        ],
      },
    ],
  }),
  blockCase({
    ...{ ...post, note: "dropout everywhere, lengths 5 and 4", lengths: [5, 4] },
    sites: [
      { site: "query", rank: 2, gate: [1, 0], dropout: { key: 21, probability: 0.1 } },
      { site: "value", rank: 2, gate: [1, 0], dropout: { key: 22, probability: 0.5 } },
      { site: "output", rank: 2, gate: 1, dropout: { key: 23, probability: 0.5, firstExample: 4 } },
    ],
    dropout: {
      attention: { key: 24, probability: 0.1 },
      attentionOutput: { key: 25, probability: 0.1 },
      output: { key: 26, probability: 0.5 },
    },
  }),
  blockCase({
    ...{ ...pre, note: "dropout of the block and on every site" },
    sites: [
      { site: "qkv", rank: 2, gate: [1, 1], dropout: { key: 31, probability: 0.5 } },
      { site: "attentionOutput", rank: 1, gate: 1, dropout: { key: 32, probability: 0.1 } },
      { site: "intermediate", rank: 1, gate: 1, dropout: { key: 33, probability: 0.1 } },
    ],
    dropout: { attention: { key: 34, probability: 0.5, firstExample: 2 }, output: { key: 35, probability: 0.1 } },
  }),
  blockCase({
    ...{ ...pre, batch: 1, length: 17, heads: 4, hidden: 16, intermediate: 20, note: "4-multiples", causal: false },
    sites: [
      { site: "query", rank: 4, gate: 2 },
      { site: "value", rank: 4, gate: 2 },
    ],
  }),
  blockCase({
    ...{ ...post, note: "first token wanted", lengths: [5, 3], firstTokens: 1 },
    sites: [
      { site: "query", rank: 2, gate: 0.5 },
      { site: "value", rank: 2, gate: [1, 0] },
    ],
  }),
  blockCase({
    ...{
      ...post,
      note: "first 3 tokens wanted, every site, dropout, a rank for each example",
      lengths: [4, 5],
      firstTokens: 3,
    },
    sites: [
      { site: "key", rank: 2, gate: [1, 0], dropout: { key: 41, probability: 0.1 } },
      {
        site: "attentionOutput",
        rank: 2,
        gate: [
          [2, 0],
          [1, 1],
        ],
        dropout: { key: 42, probability: 0.5 },
      },
      { site: "intermediate", rank: 1, gate: 1, dropout: { key: 43, probability: 0.5 } },
      { site: "output", rank: 2, gate: 0.5, dropout: { key: 44, probability: 0.1, firstExample: 3 } },
    ],
    dropout: {
      attention: { key: 45, probability: 0.5 },
      attentionOutput: { key: 46, probability: 0.5 },
      output: { key: 47, probability: 0.1 },
    },
  }),
  blockCase({
    ...{ ...pre, note: "first 2 tokens wanted, frozen input", firstTokens: 2, frozenInput: true },
    sites: [
      { site: "qkv", rank: 2, gate: [1, 0.5] },
      { site: "output", rank: 1, gate: 1 },
    ],
  }),
  blockCase({
    ...{ ...post, note: "frozen input", lengths: [5, 3], frozenInput: true },
    sites: [
      { site: "query", rank: 2, gate: 0.5 },
      { site: "value", rank: 2, gate: 0.5, dropout: { key: 48, probability: 0.5 } },
      { site: "intermediate", rank: 2, gate: 1 },
    ],
  }),
];
