import {
  type AttentionOptions,
  attention,
  type DropoutKey,
  dropout,
  foldKey,
  freezeMatrix,
  type LoraOperand,
  loraLinear,
  transformerBlock,
} from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { expectAllClose } from "../closeness.ts";
import { leakGuard } from "../leak-guard.ts";
import { seededValues } from "../seeded-values.ts";
import { blockWeights } from "./block-weights.ts";

const hidden = 8;
const heads = 2;
const tokens = 5;
const examples = 4;

/** A piece of a batch: which examples, padded to which length. */
interface Piece {
  readonly first: number;
  readonly count: number;
  readonly length: number;
}

/** An op with dropout on hidden states of a piece of a batch. */
export interface DropoutOp {
  /** What it is. */
  readonly name: string;
  /** Runs it; `keyOf` gives the dropout key of a named site for this piece. */
  run(x: Tensor2D, piece: Piece, keyOf: (site: number) => DropoutKey): Tensor2D;
}

function withPaddingHidden(piece: Piece, run: (mask: Tensor2D) => Tensor2D): Tensor2D {
  const mask = tf.tensor2d(
    Array.from({ length: piece.count * piece.length }, (_, i) => (i % piece.length < tokens ? 0 : -1e9)),
    [piece.count, piece.length],
  );
  return run(mask);
}

function pair(site: string, outFeatures: number): Pick<LoraOperand, "A" | "Bt" | "gate"> {
  return {
    A: tf.tensor2d(seededValues(2 * hidden, `${site}/A`), [2, hidden]),
    Bt: tf.tensor2d(seededValues(2 * outFeatures, `${site}/Bt`), [2, outFeatures]),
    gate: 1,
  };
}

/** Every op that draws a mask. */
export const dropoutOps: readonly DropoutOp[] = [
  { name: "dropout", run: (x, piece, keyOf) => dropout(x, keyOf(1), piece.count) },
  {
    name: "loraLinear",
    run(x, piece, keyOf) {
      const weight = freezeMatrix(seededValues(hidden * 6, "weight"), {
        inFeatures: hidden,
        outFeatures: 6,
        layout: "in-out",
      });
      const y = loraLinear(x, { weight }, { ...pair("lora", 6), dropout: keyOf(2) }, piece.count);
      weight.dispose();
      return y;
    },
  },
  {
    name: "attention",
    run: (x, piece, keyOf) =>
      withPaddingHidden(piece, (mask) => {
        const { count: batch, length } = piece;
        const options: AttentionOptions = { batch, length, heads, causal: false, mask, dropout: keyOf(3) };
        return attention(x, tf.mul(x, 0.5), tf.sub(1, x), options);
      }),
  },
  {
    name: "transformerBlock",
    run: (x, piece, keyOf) =>
      withPaddingHidden(piece, (mask) => {
        const { weights, dispose } = blockWeights("dropout", hidden, 12).prepare();
        const adapters = {
          query: { ...pair("query", hidden), dropout: keyOf(4) },
          intermediate: { ...pair("intermediate", 12), dropout: keyOf(5) },
        };
        const y = transformerBlock(
          x,
          { weights, adapters },
          {
            ...{ batch: piece.count, length: piece.length, heads, norm: "post", epsilon: 1e-5, gelu: "erf" },
            ...{ causal: false, mask },
            dropout: { attention: keyOf(6), attentionOutput: keyOf(7), output: keyOf(8) },
          },
        );
        dispose();
        return y;
      }),
  },
];

/** Rows of the real tokens of a piece, in order. */
async function rowsOf(op: DropoutOp, piece: Piece, probability: number): Promise<number[]> {
  const { first, count, length } = piece;
  const all = seededValues(examples * tokens * hidden, "hidden states");
  const x = new Float32Array(count * length * hidden).fill(0.25);
  for (let example = 0; example < count; example++) {
    const from = (first + example) * tokens * hidden;
    x.set(all.subarray(from, from + tokens * hidden), example * length * hidden);
  }
  const keyOf = (site: number): DropoutKey => ({ key: foldKey(99, site), probability, firstExample: 10 + first });
  const y = tf.tidy(() => op.run(tf.tensor2d(x, [count * length, hidden]), piece, keyOf));
  const values = await y.data();
  const features = y.shape[1];
  y.dispose();
  return [...values].filter((_, i) => Math.floor(i / features) % length < tokens);
}

/** The numbers of a batch do not depend on how it is cut into micro-batches, nor on how far it is padded. */
export async function checkDropoutPlace(op: DropoutOp, probability: number, tolerance: number): Promise<void> {
  await leakGuard(async () => {
    const whole = await rowsOf(op, { first: 0, count: examples, length: tokens }, probability);
    const cuts = [
      [1, 3],
      [2, 2],
      [3, 1],
    ] as const;
    for (const [head, tail] of cuts) {
      const parts = [
        ...(await rowsOf(op, { first: 0, count: head, length: tokens }, probability)),
        ...(await rowsOf(op, { first: head, count: tail, length: tokens }, probability)),
      ];
      expectAllClose(parts, whole, { tolerance, what: `cut into ${head} and ${tail} examples` });
    }
    for (const length of [tokens + 1, tokens + 4]) {
      const padded = await rowsOf(op, { first: 0, count: examples, length }, probability);
      expectAllClose(padded, whole, { tolerance, what: `padded from ${tokens} to ${length} tokens` });
    }
  });
}
