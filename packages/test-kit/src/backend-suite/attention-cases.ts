import { additiveMask, attention, attentionRows, type DropoutKey, dropoutMask } from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as reference from "../reference/index.ts";
import type { OpCase } from "./op-case.ts";

/** Tokens that count in each sequence; the rest is padding. */
export type Lengths = readonly number[];

/** A Hugging Face attention mask: 1 for the first tokens of each sequence, 0 for its padding. */
export function attentionMaskOf(lengths: Lengths, length: number): number[] {
  return lengths.flatMap((tokens) => Array.from({ length }, (_, token) => (token < tokens ? 1 : 0)));
}

/** The mask a backend must draw on attention probabilities. */
export function probabilityMask(dropoutKey: DropoutKey, batch: number, heads: number, length: number): Float32Array {
  return dropoutMask(dropoutKey, batch, attentionRows(heads, length), length);
}

interface AttentionShape {
  batch: number;
  length: number;
  heads: number;
  size: number;
  causal?: boolean;
  lengths?: Lengths;
  dropout?: DropoutKey;
}

function attentionCase(shape: AttentionShape): OpCase {
  const { batch, length, heads, size, causal = false, lengths, dropout: dropoutKey } = shape;
  const rows = batch * length;
  const hidden = heads * size;
  const mask = lengths && attentionMaskOf(lengths, length);
  const notes = [
    causal ? ", causal" : "",
    lengths ? `, lengths ${lengths}` : "",
    dropoutKey ? `, dropout ${dropoutKey.probability}` : "",
  ];
  const common = { batch, length, heads, causal };
  return {
    name: `attention ${batch}x${length}, ${heads} heads of ${size}${notes.join("")}`,
    inputs: ["q", "k", "v"].map((name) => ({ name, shape: [rows, hidden] })),
    prepare() {
      const additive = mask && additiveMask(mask, batch, length);
      const options = {
        ...common,
        ...(additive ? { mask: additive } : {}),
        ...(dropoutKey ? { dropout: dropoutKey } : {}),
      };
      return {
        run: (q, k, v) => attention(q as Tensor2D, k as Tensor2D, v as Tensor2D, options),
        dispose: () => additive?.dispose(),
      };
    },
    reference(...inputs) {
      const [q, k, v] = inputs.map((values) => reference.matrix(rows, hidden, values)) as [
        reference.Matrix,
        reference.Matrix,
        reference.Matrix,
      ];
      return reference.attention(q, k, v, {
        ...common,
        ...(mask ? { visible: mask.map((seen) => seen === 1) } : {}),
        ...(dropoutKey ? { dropout: probabilityMask(dropoutKey, batch, heads, length) } : {}),
      }).values;
    },
  };
}

/** Attention with every kind of mask. */
export const attentionCases: readonly OpCase[] = [
  attentionCase({ batch: 1, length: 1, heads: 1, size: 1 }),
  attentionCase({ batch: 2, length: 5, heads: 3, size: 7 }),
  attentionCase({ batch: 3, length: 4, heads: 2, size: 8 }),
  attentionCase({ batch: 1, length: 13, heads: 1, size: 16 }),
  attentionCase({ batch: 3, length: 6, heads: 2, size: 4, lengths: [6, 1, 4] }),
  attentionCase({ batch: 2, length: 7, heads: 2, size: 5, causal: true }),
  attentionCase({ batch: 2, length: 4, heads: 4, size: 4, causal: true, lengths: [4, 3] }),
  attentionCase({ batch: 2, length: 5, heads: 2, size: 4, dropout: { key: 11, probability: 0.1 } }),
  attentionCase({
    ...{ batch: 2, length: 8, heads: 2, size: 4, lengths: [5, 8] },
    dropout: { key: 12, probability: 0.5, firstExample: 9 },
  }),
  attentionCase({ batch: 2, length: 3, heads: 1, size: 8, causal: true, dropout: { key: 13, probability: 0.5 } }),
];
