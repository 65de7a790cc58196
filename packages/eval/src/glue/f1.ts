import type { Metric } from "../metric.ts";
import { type ClassCount, countClasses } from "./class-counts.ts";

/**
 * F1 of one class against the rest, 0 to 1: harmonic mean of precision and recall, 2·TP / (predicted + actual), as
 * scikit-learn's `f1_score(pos_label=positive)`. A class that is neither predicted nor a label scores 0
 * (`zero_division=0`, scikit-learn's default).
 *
 * `compute` throws as {@link f1} does.
 *
 * @param positive id of the class. Default 1.
 * @param name name of the metric. Default `f1` for class 1, otherwise `f1_` and the id.
 * @example
 * ```ts
 * import { f1OfClass } from "@dylora/eval/glue";
 *
 * console.log(f1OfClass(0).compute([0, 0, 1, 1], [0, 1, 1, 1])); // 2/3
 * ```
 */
export function f1OfClass(positive = 1, name = positive === 1 ? "f1" : `f1_${positive}`): Metric {
  return {
    name,
    higherIsBetter: true,
    compute: (predictions, labels) => f1Of(countClasses(predictions, labels).get(positive)),
  };
}

/**
 * F1 of class 1, 0 to 1: GLUE's F1 for MRPC and QQP, whose class 1 is "paraphrase".
 *
 * `compute` throws ShapeError `prediction_label_mismatch`, ConfigError `no_examples` or `bad_class_id`.
 *
 * @example
 * ```ts
 * import { f1 } from "@dylora/eval/glue";
 *
 * console.log(f1.compute([1, 1, 0, 0], [1, 0, 0, 0])); // 2/3
 * ```
 */
export const f1: Metric = f1OfClass();

/**
 * Mean over classes of the F1 of each, 0 to 1: scikit-learn's `f1_score(average="macro")`. The classes are those that
 * occur among predictions or labels.
 *
 * `compute` throws as {@link f1} does.
 *
 * @example
 * ```ts
 * import { macroF1 } from "@dylora/eval/glue";
 *
 * console.log(macroF1.compute([0, 1, 1, 2], [0, 1, 2, 2])); // (1 + 2/3 + 2/3) / 3
 * ```
 */
export const macroF1: Metric = {
  name: "f1_macro",
  higherIsBetter: true,
  compute(predictions, labels) {
    const counts = countClasses(predictions, labels);
    let sum = 0;
    for (const count of counts.values()) sum += f1Of(count);
    return sum / counts.size;
  },
};

function f1Of(count: ClassCount | undefined): number {
  return count === undefined ? 0 : (2 * count.correct) / (count.predicted + count.actual);
}
