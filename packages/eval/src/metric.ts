import { ConfigError, ShapeError } from "@dylora/errors";

/**
 * A score of predictions against labels, example by example.
 *
 * Open set: any object of this shape works wherever dylora takes a metric. For classification both arrays hold class
 * ids (whole numbers from 0), for regression numbers.
 */
export interface Metric {
  /** Name in tables and reports, as Hugging Face's `evaluate` spells it where it has the metric: `matthews_correlation`. */
  readonly name: string;
  /** True when more is better (accuracy), false when less is (an error). */
  readonly higherIsBetter: boolean;
  /**
   * Scores a whole set.
   *
   * @param predictions one per example
   * @param labels the gold labels, in the same order
   */
  compute(predictions: ArrayLike<number>, labels: ArrayLike<number>): number;
}

/**
 * The plain mean of several metrics as a metric: GLUE scores MRPC, QQP and STS-B so.
 *
 * @param name name of the mean
 * @param metrics at least one; all higher-is-better, or none
 * @throws ConfigError `no_metrics` or `mixed_metrics`.
 * @example
 * ```ts
 * import { meanMetric } from "@dylora/eval";
 * import { accuracy, f1 } from "@dylora/eval/glue";
 *
 * const combined = meanMetric("combined_score", [f1, accuracy]);
 * console.log(combined.compute([1, 1, 0, 0], [1, 0, 0, 0])); // (0.6667 + 0.75) / 2
 * ```
 */
export function meanMetric(name: string, metrics: readonly Metric[]): Metric {
  const [first] = metrics;
  if (first === undefined) throw new ConfigError("no_metrics", `metric "${name}" is a mean of no metrics; give some`);
  if (metrics.some((metric) => metric.higherIsBetter !== first.higherIsBetter)) {
    throw new ConfigError("mixed_metrics", `metric "${name}" mixes metrics where higher and where lower is better`);
  }
  return {
    name,
    higherIsBetter: first.higherIsBetter,
    compute: (predictions, labels) =>
      metrics.reduce((sum, metric) => sum + metric.compute(predictions, labels), 0) / metrics.length,
  };
}

/** Refuses arrays that do not pair up, and an empty set, on which no metric is defined. */
export function checkPairs(predictions: ArrayLike<number>, labels: ArrayLike<number>): void {
  if (predictions.length !== labels.length) {
    throw new ShapeError(
      "prediction_label_mismatch",
      `${predictions.length} predictions for ${labels.length} labels; a metric needs one of each per example`,
      { details: { predictions: predictions.length, labels: labels.length } },
    );
  }
  if (labels.length === 0) throw new ConfigError("no_examples", "there are no examples to score; give at least one");
}
