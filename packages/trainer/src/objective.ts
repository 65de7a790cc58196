import type { TokenBatch } from "@dylora/lora-core";
import { meanSquaredError, softmaxCrossEntropy } from "@dylora/tensor";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** A padded batch with labels. */
export interface LabelledBatch extends TokenBatch {
  /** Class ids (-100: no label), or targets of a regression (NaN: none). */
  readonly labels: ArrayLike<number>;
}

/** What training makes small. Any object with these two members is one. */
export interface Objective<Batch> {
  /** Mean loss of a batch, a scalar that gradients flow through. */
  loss(logits: Tensor2D, batch: Batch): Scalar;
  /** How many items the mean runs over: weighs micro-batches, so that several equal the whole. */
  weight(batch: Batch): number;
}

/** Label of an item that does not count, as in transformers. */
const ignored = -100;

/** Cross-entropy over classes. @param labelSmoothing ε, default 0 */
export function classification({
  labelSmoothing = 0,
}: {
  readonly labelSmoothing?: number;
} = {}): Objective<LabelledBatch> {
  return {
    loss: (logits, { labels }) => softmaxCrossEntropy(logits, labels, { labelSmoothing }),
    weight: ({ labels }) => Array.from(labels).filter((label) => label !== ignored).length,
  };
}

/** Mean squared error on one output for each example. */
export function regression(): Objective<LabelledBatch> {
  return {
    loss: (logits, { labels }) => meanSquaredError(tf.reshape(logits, [logits.size]), labels),
    weight: ({ size }) => size,
  };
}
