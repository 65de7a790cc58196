import { type AdaptedModel, type ParameterCounts, parameterCounts, type TokenBatch } from "@dylora/lora-core";
import { type EvaluationBatches, type Predictions, type PredictOptions, predict } from "./predict.ts";

/** One rank of a sweep. */
export interface SweptRank extends Predictions {
  /** Effective rank b. */
  readonly rank: number;
  /** Parameters in use at this rank. */
  readonly parameters: ParameterCounts;
  /** Wall-clock seconds of the evaluation. */
  readonly seconds: number;
}

/**
 * Evaluates a trained adapter at several ranks, one after the other: the model and its batches are the same, only the
 * rank view differs.
 *
 * @param data the batches; made once, they are asked for again at each rank
 * @param ranks default 1 to the adapter's highest
 * @yields each rank when it is done
 */
export async function* sweepRanks<Batch extends TokenBatch>(
  adapted: AdaptedModel<Batch>,
  data: EvaluationBatches<Batch>,
  { ranks, ...options }: Omit<PredictOptions<Batch>, "view"> & { readonly ranks?: readonly number[] } = {},
): AsyncGenerator<SweptRank, void, void> {
  const { adapter } = adapted;
  for (const rank of ranks ?? Array.from({ length: adapter.maxRank }, (_, index) => index + 1)) {
    const started = performance.now();
    const predictions = await predict(adapted, data, { ...options, view: { rank } });
    const seconds = (performance.now() - started) / 1000;
    yield { ...predictions, rank, parameters: parameterCounts(adapter, rank), seconds };
  }
}
