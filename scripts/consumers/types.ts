// A loss of one's own between our functions, typed by tfjs's ops.
import { unrecorded } from "@dylora/tensor";
import { type LabelledBatch, type Objective, type Predictions, type TrainEvaluation, train } from "@dylora/trainer";
import * as tf from "@tensorflow/tfjs-core";

const squares: Objective<LabelledBatch> = {
  loss(logits, { labels }) {
    const target = unrecorded(() => tf.tensor1d(Array.from(labels)));
    return tf.tidy(() => tf.mean(tf.squaredDifference(tf.reshape(logits, [-1]), target)));
  },
  weight: ({ size }) => size,
};
/** What `predict` gives is what an evaluation takes. */
export const evaluation = (predictions: Predictions): TrainEvaluation => ({
  every: 10,
  ranks: [1],
  run: async () => ({ metric: predictions.logits.length, loss: predictions.loss }),
});
console.log(squares, train);
