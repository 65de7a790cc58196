import {
  type BootstrapInterval,
  type BootstrapOptions,
  type BootstrapStatistic,
  bootstrapInterval,
  type PairedBootstrap,
  pairedBootstrap,
} from "./bootstrap.ts";
import { checkPairs, type Metric } from "./metric.ts";

/** What {@link metricInterval} needs. */
export interface MetricIntervalOptions extends BootstrapOptions {
  /** The score to bound. */
  readonly metric: Metric;
  /** One prediction per example. */
  readonly predictions: ArrayLike<number>;
  /** The gold labels, in the same order. */
  readonly labels: ArrayLike<number>;
}

/** What {@link compareSystems} needs. */
export interface CompareSystemsOptions extends BootstrapOptions {
  /** The score to compare by. */
  readonly metric: Metric;
  /** Predictions of system A, one per example. */
  readonly predictionsA: ArrayLike<number>;
  /** Predictions of system B on the same examples. */
  readonly predictionsB: ArrayLike<number>;
  /** The gold labels, in the same order. */
  readonly labels: ArrayLike<number>;
}

/**
 * A metric with its percentile bootstrap interval over examples.
 *
 * @throws ShapeError or ConfigError when the arrays do not pair up or are empty; ConfigError as
 * {@link bootstrapInterval} does; whatever the metric throws.
 * @example
 * ```ts
 * import { metricInterval } from "@dylora/eval";
 * import { accuracy } from "@dylora/eval/glue";
 *
 * const labels = [0, 1, 1, 0, 1, 0, 0, 1];
 * const predictions = [0, 1, 0, 0, 1, 0, 1, 1];
 * const { estimate, low, high } = metricInterval({ metric: accuracy, predictions, labels });
 * console.log(`accuracy ${estimate} [${low}, ${high}]`);
 * ```
 */
export function metricInterval(options: MetricIntervalOptions): BootstrapInterval {
  const { metric, predictions, labels } = options;
  checkPairs(predictions, labels);
  return bootstrapInterval({ ...options, units: labels.length, statistic: resampled(metric, predictions, labels) });
}

/**
 * Two systems on the same examples: difference of their scores (A − B) with interval and p-value, by paired bootstrap.
 *
 * @throws As {@link metricInterval} does.
 * @example
 * ```ts
 * import { compareSystems } from "@dylora/eval";
 * import { accuracy } from "@dylora/eval/glue";
 *
 * const labels = [0, 1, 1, 0, 1, 0, 0, 1];
 * const { difference, low, high, pValue } = compareSystems({
 *   metric: accuracy,
 *   predictionsA: [0, 1, 1, 0, 1, 0, 1, 1],
 *   predictionsB: [0, 1, 0, 1, 1, 0, 1, 1],
 *   labels,
 * });
 * console.log(`${difference} [${low}, ${high}], p = ${pValue}`);
 * ```
 */
export function compareSystems(options: CompareSystemsOptions): PairedBootstrap {
  const { metric, predictionsA, predictionsB, labels } = options;
  checkPairs(predictionsA, labels);
  checkPairs(predictionsB, labels);
  return pairedBootstrap({
    ...options,
    units: labels.length,
    statisticA: resampled(metric, predictionsA, labels),
    statisticB: resampled(metric, predictionsB, labels),
  });
}

function resampled(metric: Metric, predictions: ArrayLike<number>, labels: ArrayLike<number>): BootstrapStatistic {
  const drawnPredictions = new Float64Array(labels.length);
  const drawnLabels = new Float64Array(labels.length);
  return (indices) => {
    for (let i = 0; i < indices.length; i++) {
      drawnPredictions[i] = predictions[indices[i]!]!;
      drawnLabels[i] = labels[indices[i]!]!;
    }
    return metric.compute(drawnPredictions, drawnLabels);
  };
}
