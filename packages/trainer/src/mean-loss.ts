import type { AdaptedModel, RankView, TokenBatch } from "@dylora/lora-core";
import * as tf from "@tensorflow/tfjs-core";
import type { BatchSource } from "./batch-source.ts";
import { nextTurn } from "./next-turn.ts";
import type { Objective } from "./objective.ts";

/** Batches of a whole data set. */
export interface FiniteBatches<Batch> extends BatchSource<Batch> {
  /** Number of batches, which visit every example once. */
  readonly batchesPerEpoch: number;
}

/** Settings of {@link meanLoss}. */
export interface MeanLossOptions<Batch> {
  /** What is averaged. */
  readonly objective: Objective<Batch>;
  /** How much of the adapter to use. Default `full`. */
  readonly view?: RankView;
  /** Stops between two batches; what `signal.reason` holds is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * The mean loss of a model over a data set, each example weighed as the objective does. Keeps no logits, so that a language
 * model with a large vocabulary can be measured too. Frees every tensor that it makes.
 *
 * @param data the batches, each example in one of them
 * @returns the mean loss; NaN where there is nothing to weigh
 * @throws what `signal.reason` holds when the signal stops it, and what the model and the objective throw
 */
export async function meanLoss<Batch extends TokenBatch>(
  adapted: AdaptedModel<Batch>,
  data: FiniteBatches<Batch>,
  { objective, view = "full", signal }: MeanLossOptions<Batch>,
): Promise<number> {
  let [sum, weights] = [0, 0];
  for (let index = 0; index < data.batchesPerEpoch; index++) {
    await nextTurn();
    signal?.throwIfAborted();
    const batch = data.batch(index);
    const logits = adapted.forward(batch, { view });
    const loss = tf.tidy(() => objective.loss(logits, batch));
    logits.dispose();
    const [value] = await loss.data();
    loss.dispose();
    const weight = objective.weight(batch);
    sum += weight * (value ?? Number.NaN);
    weights += weight;
  }
  return sum / weights;
}
