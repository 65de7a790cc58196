import { checkPairs, type Metric } from "../metric.ts";
import { checkClassId } from "./class-counts.ts";

/**
 * Share of examples whose predicted class is the label, 0 to 1: scikit-learn's `accuracy_score`.
 *
 * `compute` throws ShapeError `prediction_label_mismatch`, ConfigError `no_examples` or `bad_class_id`.
 *
 * @example
 * ```ts
 * import { accuracy } from "@dylora/eval/glue";
 *
 * console.log(accuracy.compute([0, 2, 1, 1], [0, 2, 1, 0])); // 0.75
 * ```
 */
export const accuracy: Metric = {
  name: "accuracy",
  higherIsBetter: true,
  compute(predictions, labels) {
    checkPairs(predictions, labels);
    let correct = 0;
    for (let i = 0; i < labels.length; i++) {
      checkClassId("prediction", predictions[i]!, i);
      checkClassId("label", labels[i]!, i);
      if (predictions[i] === labels[i]) correct++;
    }
    return correct / labels.length;
  },
};
