import { ConfigError } from "@dylora/errors";
import { checkPairs } from "../metric.ts";

/** How often one class was predicted, was the label, and was both. */
export interface ClassCount {
  predicted: number;
  actual: number;
  correct: number;
}

/** Counts of every class that occurs among predictions or labels. Throws as `checkPairs` and `checkClassId` do. */
export function countClasses(predictions: ArrayLike<number>, labels: ArrayLike<number>): Map<number, ClassCount> {
  checkPairs(predictions, labels);
  const counts = new Map<number, ClassCount>();
  const countOf = (what: string, id: number, example: number): ClassCount => {
    let count = counts.get(id);
    if (count === undefined) {
      checkClassId(what, id, example);
      count = { predicted: 0, actual: 0, correct: 0 };
      counts.set(id, count);
    }
    return count;
  };
  for (let i = 0; i < labels.length; i++) {
    const predicted = countOf("prediction", predictions[i]!, i);
    predicted.predicted++;
    if (predictions[i] === labels[i]) predicted.correct++;
    countOf("label", labels[i]!, i).actual++;
  }
  return counts;
}

/** Throws ConfigError `bad_class_id` unless `id` is a whole number from 0. */
export function checkClassId(what: string, id: number, example: number): void {
  // The quick test for a whole number: this runs for every example of every resample.
  if ((id | 0) === id && id >= 0) return;
  const hint = what === "label" && id === -1 ? "; GLUE's test sets hide their labels as -1, use a dev set" : "";
  throw new ConfigError(
    "bad_class_id",
    `${what} of example ${example} is ${id}; class ids are whole numbers from 0${hint}`,
    { details: { example, id } },
  );
}
