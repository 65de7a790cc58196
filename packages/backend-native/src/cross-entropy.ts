import type { CrossEntropyTarget, Saved } from "@dylora/tensor";
import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import type { KernelContext } from "./kernel-context.ts";
import { LazyLogits } from "./lazy-logits.ts";
import { LogitsGradient, logitsGradient } from "./logits-gradient.ts";

/** Greatest logit, Σ e^(logit - greatest), Σ logit. */
const statistics = 3;

/**
 * Mean cross-entropy over the rows that count. Saves the logits and three numbers a row; of logits that nobody has read
 * also the gradient to the hidden states they come from, so that they need never be there at once.
 */
export function crossEntropyLoss(context: KernelContext, logits: Tensor2D, target: CrossEntropyTarget): Saved<Scalar> {
  const { addon, tensors } = context;
  const { labels, counts, total, smoothing } = target;
  const [rows, classes] = logits.shape;
  const stats = tensors.output<Tensor2D>([rows, statistics]);
  const y = tensors.output<Scalar>([]);
  const ofRow = tensors.numbers(stats);
  const lazy = tensors.lazyValuesOf(logits);
  if (lazy instanceof LazyLogits && lazy.x.shape[0] === rows) {
    const dx = tensors.output<Tensor2D>(lazy.x.shape);
    const [x, bias] = [tensors.numbers(lazy.x), lazy.bias === undefined ? null : tensors.numbers(lazy.bias)];
    const { packed } = lazy;
    const sum = addon.vocabularyLoss(
      ...([packed, rows, x, bias, labels, counts, smoothing, 1 / total, ofRow, tensors.numbers(dx)] as const),
    );
    tensors.numbers(y)[0] = sum / total;
    return { y, saved: [logits, stats, dx] };
  }
  const values = tensors.numbers(logits);
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
  context: KernelContext,
  dy: Scalar,
  target: CrossEntropyTarget,
  saved: readonly Tensor[],
): Tensor2D {
  const { tensors } = context;
  const [logits, stats, dx] = saved as [Tensor2D, Tensor2D, Tensor2D | undefined];
  const scale = tensors.numbers(dy)[0] as number;
  if (dx !== undefined) {
    return tensors.lazyTensor(logits.shape, new LogitsGradient(context, target, scale, [logits, stats, dx]));
  }
  const d = tensors.output<Tensor2D>(logits.shape);
  logitsGradient(context, target, scale, logits, stats, tensors.numbers(d));
  return d;
}
