import { checkOptionNames } from "@dylora/errors";
import type { AdaptedModel, RankView, TokenBatch } from "@dylora/lora-core";
import * as tf from "@tensorflow/tfjs-core";
import type { FiniteBatchSource } from "./batch-source.ts";
import { nextTurn } from "./next-turn.ts";
import type { Objective } from "./objective.ts";
import type { Progress } from "./progress.ts";

/** Logits of a whole data set. */
export interface Predictions {
  /** `[examples, classes]`, row-major, in the order of the data set. */
  readonly logits: Float32Array;
  /** Numbers in a row. */
  readonly classes: number;
  /** Mean loss, where an objective was given. */
  readonly loss: number | undefined;
}

/** Settings of {@link predict}. */
export interface PredictOptions<Batch> {
  /** How much of the adapter to use; default `full`. */
  readonly view?: RankView;
  /** Gives the mean loss too. */
  readonly objective?: Objective<Batch>;
  /** Told after each batch; `unit` is `batches`. */
  readonly onProgress?: (progress: Progress) => void;
  /** Stops between two batches; what `signal.reason` holds is thrown. */
  readonly signal?: AbortSignal;
}

const predictSettings: Readonly<Record<keyof PredictOptions<TokenBatch>, true>> = {
  ...{ view: true, objective: true, onProgress: true, signal: true },
};

/**
 * Runs a model over a data set. Frees every tensor it makes.
 *
 * @param data the batches, each example in one of them
 * @throws what `signal.reason` holds when the signal stops it, and what the model and the objective throw
 * @throws ConfigError `unknown_setting`
 */
export async function predict<Batch extends TokenBatch>(
  adapted: AdaptedModel<Batch>,
  data: FiniteBatchSource<Batch>,
  options: PredictOptions<Batch> = {},
): Promise<Predictions> {
  checkOptionNames("predict", options, predictSettings);
  const { view = "full", objective, onProgress, signal } = options;
  const rows: Float32Array[] = [];
  let classes = 0;
  let lossSum = 0;
  let weightSum = 0;
  for (let index = 0; index < data.batchesPerEpoch; index++) {
    await nextTurn();
    signal?.throwIfAborted();
    const batch = data.batch(index);
    const logits = adapted.forward(batch, { view });
    try {
      classes = logits.shape[1];
      const values = (await logits.data()) as Float32Array;
      for (let row = 0; row < batch.size; row++) {
        rows[batch.indices[row] as number] = values.slice(row * classes, (row + 1) * classes);
      }
      if (objective !== undefined) {
        const scalar = tf.tidy(() => objective.loss(logits, batch));
        const [loss] = await scalar.data();
        scalar.dispose();
        const weight = objective.weight(batch);
        lossSum += weight * (loss ?? Number.NaN);
        weightSum += weight;
      }
    } finally {
      logits.dispose();
    }
    onProgress?.({ done: index + 1, total: data.batchesPerEpoch, unit: "batches" });
  }
  const logits = new Float32Array(rows.length * classes);
  for (const [index, row] of rows.entries()) logits.set(row, index * classes);
  return { logits, classes, loss: objective === undefined ? undefined : lossSum / weightSum };
}
