import type { CrossEntropyTarget, Saved } from "@dylora/tensor";
import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import type { Engine } from "./engine.ts";

/** Greatest logit, Σ e^(logit - greatest), Σ logit. */
const statistics = 3;

/** Mean cross-entropy over the rows that count. Keeps the logits and three numbers a row. */
export function crossEntropyLoss(
  { addon, tensors }: Engine,
  logits: Tensor2D,
  { labels, counts, total, smoothing }: CrossEntropyTarget,
): Saved<Scalar> {
  const [rows, classes] = logits.shape;
  const stats = tensors.output<Tensor2D>([rows, statistics]);
  const y = tensors.output<Scalar>([]);
  const values = tensors.numbers(logits);
  const ofRow = tensors.numbers(stats);
  addon.entropyStats(rows, classes, values, counts, ofRow);
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    if (counts[row] === 0) continue;
    const at = row * statistics;
    const [greatest, powers, all] = [ofRow[at], ofRow[at + 1], ofRow[at + 2]] as [number, number, number];
    const label = values[row * classes + (labels[row] as number)] as number;
    const wanted = (1 - smoothing) * label + (smoothing * all) / classes;
    sum += greatest + Math.log(powers) - wanted;
  }
  tensors.numbers(y)[0] = sum / total;
  return { y, saved: [logits, stats] };
}

/** Gradient to the logits. */
export function crossEntropyGradient(
  { addon, tensors }: Engine,
  dy: Scalar,
  { labels, counts, total, smoothing }: CrossEntropyTarget,
  saved: readonly Tensor[],
): Tensor2D {
  const [logits, stats] = saved as [Tensor2D, Tensor2D];
  const [rows, classes] = logits.shape;
  const d = tensors.output<Tensor2D>(logits.shape);
  const scale = (tensors.numbers(dy)[0] as number) / total;
  const [values, ofRow, target] = [logits, stats, d].map((tensor) => tensors.numbers(tensor)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  addon.entropyGradient(rows, classes, values, labels, counts, ofRow, smoothing, scale, target);
  return d;
}
