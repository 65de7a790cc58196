import type { Head } from "../models/head.ts";

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

/**
 * One line of output: logits and what they predict. A label is its class's name where that is known, else its id.
 *
 * - single label: `{ logits, label }`, the class of the largest logit;
 * - several labels: `{ logits, scores, labels }`, a probability for each class (the sigmoid of its logit, as in
 *   transformers' pipeline) and the classes above one half;
 * - regression: `{ logits, label }`, the number itself, or the numbers where there are several outputs.
 */
export function outputLine(logits: Float32Array, { problemType, labels }: Head): string {
  const nameOf = (id: number): string | number => labels?.[id] ?? id;
  const numbers = Array.from(logits);
  if (problemType === "regression") {
    return JSON.stringify({ logits: numbers, label: numbers.length === 1 ? numbers[0] : numbers });
  }
  if (problemType === "multi_label_classification") {
    const scores = numbers.map(sigmoid);
    return JSON.stringify({
      logits: numbers,
      scores,
      labels: scores.flatMap((score, id) => (score > 0.5 ? [nameOf(id)] : [])),
    });
  }
  const best = numbers.reduce((top, value, id) => (value > (numbers[top] as number) ? id : top), 0);
  return JSON.stringify({ logits: numbers, label: nameOf(best) });
}
