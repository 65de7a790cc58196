import {
  attention,
  freezeMatrix,
  frozenLinear,
  gelu,
  layerNorm,
  linear,
  loraLinear,
  meanSquaredError,
  softmaxCrossEntropy,
  transformerBlock,
} from "@dylora/tensor";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { seededValues } from "../seeded-values.ts";
import { blockWeights } from "./block-weights.ts";

const rows = 4;
const features = 8;
/** Row of the input that the bad number stands in. */
const badRow = 2;

/** An op on `[4, 8]` hidden states. */
interface NonFiniteOp {
  readonly name: string;
  /** Rows of the result that depend on the bad row; none: the result is one number. */
  readonly touches: readonly number[] | "everything";
  run(x: Tensor2D): Tensor;
}

function frozen<T>(outFeatures: number, use: (weight: ReturnType<typeof freezeMatrix>) => T): T {
  const values = seededValues(features * outFeatures, "non-finite");
  const weight = freezeMatrix(values, { inFeatures: features, outFeatures, layout: "in-out" });
  const result = use(weight);
  weight.dispose();
  return result;
}

const shape = { batch: 2, length: 2, heads: 1, causal: false };

/** Every op that a bad number can go through. */
export const nonFiniteOps: readonly NonFiniteOp[] = [
  { name: "frozenLinear", touches: [badRow], run: (x) => frozen(5, (weight) => frozenLinear(x, { weight })) },
  {
    name: "linear",
    touches: [badRow],
    run: (x) => linear(x, tf.tensor2d(seededValues(24, "w"), [3, features]), tf.zeros([3])),
  },
  {
    name: "loraLinear",
    touches: [badRow],
    run: (x) =>
      frozen(5, (weight) => {
        const [A, Bt] = [tf.ones([2, features]), tf.ones([2, 5])] as [Tensor2D, Tensor2D];
        return loraLinear(x, { weight }, { A, Bt, gate: 1 });
      }),
  },
  { name: "layerNorm", touches: [badRow], run: (x) => layerNorm(x, tf.ones([features]), tf.zeros([features])) },
  {
    name: "attention",
    touches: [2, 3],
    run: (x) => attention(x, x, x, shape),
  },
  {
    name: "transformerBlock",
    touches: [2, 3],
    run(x) {
      const { weights, dispose } = blockWeights("non-finite", features, 12).prepare();
      const y = transformerBlock(x, { weights, adapters: {} }, { ...shape, norm: "pre", epsilon: 1e-5, gelu: "erf" });
      dispose();
      return y;
    },
  },
  { name: "softmaxCrossEntropy", touches: "everything", run: (x) => softmaxCrossEntropy(x, [0, 1, 2, 3]) },
  { name: "meanSquaredError", touches: "everything", run: (x) => meanSquaredError(x, new Float32Array(32)) },
];

/** A NaN or an infinity in one row shows in every number that depends on it, and in no other row. */
export async function checkNonFinite({ name, touches, run }: NonFiniteOp, bad: number): Promise<void> {
  const values = seededValues(rows * features, "input");
  values[badRow * features + 3] = bad;
  const y = tf.tidy(() => run(tf.tensor2d(values, [rows, features])));
  const result = await y.data();
  const width = y.size / rows;
  y.dispose();
  for (let i = 0; i < result.length; i++) {
    const row = Math.floor(i / width);
    const expected = touches === "everything" || touches.includes(row);
    // An infinite score may still be a proper probability of 1 or 0; only NaN must reach every number.
    if (expected && Number.isNaN(bad) && Number.isFinite(result[i])) {
      throw new Error(`${name}: number ${i} is ${result[i]} although its input holds NaN`);
    }
    if (!expected && !Number.isFinite(result[i])) {
      throw new Error(`${name}: row ${row} is ${result[i]} although only row ${badRow} of the input holds ${bad}`);
    }
  }
  if (touches !== "everything" && result.every(Number.isFinite)) {
    throw new Error(`${name}: an input of ${bad} left no trace`);
  }
  if (touches === "everything" && Number.isFinite(result[0])) {
    throw new Error(`${name}: an input of ${bad} gave ${result[0]}`);
  }
}

/** The activation of special numbers, as IEEE arithmetic has it: NaN stays, +∞ stays, far below zero gives 0. */
export async function checkGeluExtremes(form: "erf" | "tanh"): Promise<void> {
  const y = tf.tidy(() => gelu(tf.tensor1d([Number.NaN, Number.POSITIVE_INFINITY, 1e4, -1e4, 0]), form));
  const [nan, infinite, large, small, zero] = await y.data();
  y.dispose();
  const fine = Number.isNaN(nan) && infinite === Number.POSITIVE_INFINITY && large === 1e4 && small === 0 && zero === 0;
  const read = [nan, infinite, large, small, zero].join(", ");
  if (!fine) throw new Error(`gelu ${form} of NaN, ∞, 1e4, −1e4, 0 gave ${read}`);
}
