import { at, type Matrix } from "./matrix.ts";

/**
 * Mean over the rows that count of (1 − ε) · −log p(label) + ε · mean over classes of −log p(class), as
 * `torch.nn.CrossEntropyLoss`. A label that is undefined is ignored.
 */
export function softmaxCrossEntropy(
  logits: Matrix,
  labels: readonly (number | undefined)[],
  smoothing: number,
): number {
  let total = 0;
  let counted = 0;
  for (const [row, label] of labels.entries()) {
    if (label === undefined) continue;
    const scores = Array.from({ length: logits.columns }, (_, column) => at(logits, row, column));
    const peak = Math.max(...scores);
    const logSum = peak + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - peak), 0));
    const mean = scores.reduce((sum, score) => sum + (logSum - score), 0) / scores.length;
    total += (1 - smoothing) * (logSum - (scores[label] as number)) + smoothing * mean;
    counted++;
  }
  return total / counted;
}

/** Mean of the squared differences. */
export function meanSquaredError(predictions: ArrayLike<number>, targets: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < predictions.length; i++) total += ((predictions[i] as number) - (targets[i] as number)) ** 2;
  return total / predictions.length;
}
