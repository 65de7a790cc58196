import type { Metric } from "../metric.ts";
import { countClasses } from "./class-counts.ts";

/**
 * Matthews correlation coefficient, −1 to 1, of two or more classes (Gorodkin's R_K): scikit-learn's
 * `matthews_corrcoef`. It is 0, not NaN, when all predictions or all labels are of one class. GLUE's score for CoLA.
 *
 * `compute` throws ShapeError `prediction_label_mismatch`, ConfigError `no_examples` or `bad_class_id`.
 *
 * @example
 * ```ts
 * import { matthews } from "@dylora/eval/glue";
 *
 * console.log(matthews.compute([1, 0, 1, 1], [1, 1, 1, 0])); // -1/3
 * ```
 */
export const matthews: Metric = {
  name: "matthews_correlation",
  higherIsBetter: true,
  compute(predictions, labels) {
    const n = labels.length;
    let [correct, both, predicted, actual] = [0, 0, 0, 0];
    for (const count of countClasses(predictions, labels).values()) {
      correct += count.correct;
      both += count.predicted * count.actual;
      predicted += count.predicted ** 2;
      actual += count.actual ** 2;
    }
    const variances = (n * n - predicted) * (n * n - actual);
    return variances === 0 ? 0 : (correct * n - both) / Math.sqrt(variances);
  },
};
