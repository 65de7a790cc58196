import type { CrossEntropyTarget, Saved } from "@dylora/tensor";
import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import type { KernelContext } from "./kernel-context.ts";

/** Greatest logit, Σ e^(logit - greatest), Σ logit. */
const statistics = 3;

/**
 * Mean cross-entropy over the rows that count. Keeps the logits and three numbers a row; the gradient makes the
 * probabilities again. Rows that do not count are never read.
 */
export function crossEntropyLoss(
  { kernels, memory }: KernelContext,
  logits: Tensor2D,
  { labels, counts, total, smoothing }: CrossEntropyTarget,
): Saved<Scalar> {
  const [rows, classes] = logits.shape;
  const stats = memory.output<Tensor2D>([rows, statistics]);
  const y = memory.output<Scalar>([]);
  memory.withScratch((allocate) => {
    const countsAt = allocate(rows);
    memory.floats(countsAt, rows).set(counts);
    kernels.crossEntropyStats(rows, classes, memory.at(logits), countsAt, memory.at(stats));
  });
  const ofRow = memory.floats(memory.at(stats), rows * statistics);
  const values = memory.floats(memory.at(logits), rows * classes);
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    if (counts[row] === 0) continue;
    const [greatest, powers, all] = ofRow.subarray(row * statistics) as unknown as [number, number, number];
    const label = values[row * classes + (labels[row] as number)] as number;
    const wanted = (1 - smoothing) * label + (smoothing * all) / classes;
    sum += greatest + Math.log(powers) - wanted;
  }
  memory.floats(memory.at(y), 1)[0] = sum / total;
  return { y, saved: [logits, stats] };
}

/** Gradient to the logits. */
export function crossEntropyGradient(
  { kernels, memory }: KernelContext,
  dy: Scalar,
  { labels, counts, total, smoothing }: CrossEntropyTarget,
  saved: readonly Tensor[],
): Tensor2D {
  const [logits, stats] = saved as [Tensor2D, Tensor2D];
  const [rows, classes] = logits.shape;
  const d = memory.output<Tensor2D>(logits.shape);
  memory.withScratch((allocate) => {
    const [labelsAt, countsAt] = [allocate(rows), allocate(rows)];
    new Int32Array(memory.memory.buffer, labelsAt, rows).set(labels);
    memory.floats(countsAt, rows).set(counts);
    const [logitsAt, statsAt, dAt] = [memory.at(logits), memory.at(stats), memory.at(d)];
    const share = 1 / total;
    kernels.crossEntropyGradient(
      rows,
      classes,
      logitsAt,
      labelsAt,
      countsAt,
      statsAt,
      smoothing,
      memory.at(dy),
      share,
      dAt,
    );
  });
  return d;
}
