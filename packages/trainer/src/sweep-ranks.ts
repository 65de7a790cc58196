import { ConfigError } from "@dylora/errors";
import {
  type AdaptedModel,
  checkRank,
  type ParameterCounts,
  parameterCounts,
  type TokenBatch,
} from "@dylora/lora-core";
import type { FiniteBatchSource } from "./batch-source.ts";
import { type Predictions, type PredictOptions, predict } from "./predict.ts";

/** One rank of a sweep. */
export interface SweptRank extends Predictions {
  /** Effective rank b. */
  readonly rank: number;
  /** Parameters in use at this rank. */
  readonly parameters: ParameterCounts;
  /** Wall-clock seconds of the evaluation. */
  readonly seconds: number;
}

/** One rank of a sweep, scored. */
export interface ScoredRank extends SweptRank {
  /** The metric's value; NaN where it is not defined, such as a correlation of constants. */
  readonly metric: number;
  /** What was scored, one for each example: the class with the highest logit, or the single output itself. */
  readonly predictions: ArrayLike<number>;
}

/** Scores predictions against labels, higher or lower being better; those of `@dylora/eval/glue` are such. */
export interface SweepMetric {
  /** Scores a whole set, one prediction and one label for each example. */
  compute(predictions: ArrayLike<number>, labels: ArrayLike<number>): number;
}

/** Settings of {@link sweepRanks}. */
export interface SweepOptions<Batch> extends Omit<PredictOptions<Batch>, "view"> {
  /** Ranks to evaluate; default 1 to the adapter's highest. */
  readonly ranks?: readonly number[];
  /** Scores each rank; default none. */
  readonly metric?: SweepMetric;
  /** The labels, in the order of the data set; default those of the batches, one for each example. */
  readonly labels?: ArrayLike<number>;
}

/** The labels that the batches bring, in the order of the data set. */
function labelsOf<Batch extends TokenBatch>(data: FiniteBatchSource<Batch>): number[] {
  const labels: number[] = [];
  for (let index = 0; index < data.batchesPerEpoch; index++) {
    const batch: TokenBatch & { readonly indices: ArrayLike<number>; readonly labels?: ArrayLike<number> } =
      data.batch(index);
    if (batch.labels?.length !== batch.size) {
      throw new ConfigError("no_labels", "the batches have not one label for each example; give sweepRanks the labels");
    }
    for (let row = 0; row < batch.size; row++) labels[batch.indices[row] as number] = batch.labels[row] as number;
  }
  return labels;
}

/** The class with the highest logit of each example, the first where several tie; of one output its value. */
function decide({ logits, classes }: Predictions): ArrayLike<number> {
  if (classes === 1) return logits;
  return Int32Array.from({ length: logits.length / classes }, (_, row) => {
    const own = logits.subarray(row * classes, (row + 1) * classes);
    return own.reduce((best, value, index) => (value > (own[best] as number) ? index : best), 0);
  });
}

/**
 * Evaluates a trained adapter at several ranks, one after the other: the model and its batches are the same, only the
 * rank view differs. With a metric each rank comes with its score, as `recommendRank` takes it.
 *
 * @param data the batches; made once, they are asked for again at each rank
 * @yields each rank when it is done
 * @throws ConfigError `rank_out_of_range`, or `no_labels` where a metric has nothing to score against, before any work;
 * and as {@link predict}
 *
 * @example
 * ```ts
 * import type { AdaptedModel } from "@dylora/lora-core";
 * import { accuracy } from "@dylora/eval/glue";
 * import { bestRank, type FiniteBatchSource, type LabelledBatch, type ScoredRank, sweepRanks } from "@dylora/trainer";
 *
 * async function best(adapted: AdaptedModel, data: FiniteBatchSource<LabelledBatch>): Promise<ScoredRank | undefined> {
 *   const sweep: ScoredRank[] = [];
 *   for await (const scored of sweepRanks(adapted, data, { metric: accuracy })) sweep.push(scored);
 *   return bestRank(sweep, accuracy.higherIsBetter);
 * }
 * console.log(typeof best);
 * ```
 */
export function sweepRanks<Batch extends TokenBatch>(
  adapted: AdaptedModel<Batch>,
  data: FiniteBatchSource<Batch>,
  options: SweepOptions<Batch> & { readonly metric: SweepMetric },
): AsyncGenerator<ScoredRank, void, void>;
export function sweepRanks<Batch extends TokenBatch>(
  adapted: AdaptedModel<Batch>,
  data: FiniteBatchSource<Batch>,
  options?: SweepOptions<Batch>,
): AsyncGenerator<SweptRank, void, void>;
export async function* sweepRanks<Batch extends TokenBatch>(
  adapted: AdaptedModel<Batch>,
  data: FiniteBatchSource<Batch>,
  { ranks, metric, labels, ...options }: SweepOptions<Batch> = {},
): AsyncGenerator<SweptRank, void, void> {
  const { adapter } = adapted;
  const asked = ranks ?? Array.from({ length: adapter.maxRank }, (_, index) => index + 1);
  for (const rank of asked) checkRank(rank, 1, adapter.maxRank);
  const gold = metric === undefined ? [] : (labels ?? labelsOf(data));
  for (const rank of asked) {
    const started = performance.now();
    const predictions = await predict(adapted, data, { ...options, view: { rank } });
    const seconds = (performance.now() - started) / 1000;
    const swept = { ...predictions, rank, parameters: parameterCounts(adapter, rank), seconds };
    if (metric === undefined) yield swept;
    else {
      const decided = decide(predictions);
      const scored: ScoredRank = { ...swept, metric: metric.compute(decided, gold), predictions: decided };
      yield scored;
    }
  }
}
