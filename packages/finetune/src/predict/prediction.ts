import type { Head } from "../adapters/head.ts";

/** A class's name, or its id where the name is not known; the number itself for a regression. */
export type Label = string | number;

/** What logits predict. */
export interface Prediction {
  /** A logit for each output. */
  readonly logits: readonly number[];
  /** The class of the largest logit, or the number (the numbers, where there are several); undefined for several labels. */
  readonly label?: Label | readonly number[];
  /** Several labels: the classes above one half. */
  readonly labels?: readonly Label[];
  /** Several labels: a probability for each class, the sigmoid of its logit, as in transformers' pipeline. */
  readonly scores?: readonly number[];
}

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

/** Reads logits as the head means them. */
export function predictionOf(
  logits: Float32Array,
  { problemType, labels }: Pick<Head, "problemType" | "labels">,
): Prediction {
  const nameOf = (id: number): Label => labels?.[id] ?? id;
  const numbers = Array.from(logits);
  if (problemType === "regression") {
    return { logits: numbers, label: numbers.length === 1 ? (numbers[0] as number) : numbers };
  }
  if (problemType === "multi_label_classification") {
    const scores = numbers.map(sigmoid);
    return { logits: numbers, scores, labels: scores.flatMap((score, id) => (score > 0.5 ? [nameOf(id)] : [])) };
  }
  const best = numbers.reduce((top, value, id) => (value > (numbers[top] as number) ? id : top), 0);
  return { logits: numbers, label: nameOf(best) };
}
