import { ConfigError, ShapeError } from "@dylora/errors";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { recordedOp } from "../autodiff/recorded-op.ts";
import type { CrossEntropyTarget } from "../contract/cross-entropy.ts";
import { fusedKernels } from "../registry.ts";

/** Settings of {@link softmaxCrossEntropy}. */
export interface CrossEntropyOptions {
  /** Weight ε of the uniform distribution in the target, in [0, 1); default 0. As `torch.nn.CrossEntropyLoss` has it. */
  readonly labelSmoothing?: number;
  /** Label of positions that do not count; default -100. */
  readonly ignoreIndex?: number;
}

/**
 * Mean cross-entropy of softmax(logits) against class labels, over the rows that are not ignored, with its gradient.
 *
 * @param logits `[rows, classes]`
 * @param labels a class for each row
 * @returns a scalar; the caller disposes it
 * @throws ShapeError `bad_shape` when the number of labels is not the number of rows
 * @throws ConfigError `bad_label` for a label that is no class, `no_labels` when every row is ignored,
 * `bad_label_smoothing` outside [0, 1)
 *
 * @example
 * ```ts
 * import { softmaxCrossEntropy, useBackend } from "@dylora/tensor";
 * import { wasmBackend } from "@dylora/backend-wasm";
 * import * as tf from "@tensorflow/tfjs-core";
 *
 * await useBackend(wasmBackend());
 * const logits = tf.tensor2d([[0, 0], [9, 0]]);
 * const loss = softmaxCrossEntropy(logits, [1, -100], { labelSmoothing: 0.1 });
 * console.log((await loss.data())[0]); // ln 2: the second row is ignored
 * ```
 */
export function softmaxCrossEntropy(
  logits: Tensor2D,
  labels: ArrayLike<number>,
  { labelSmoothing = 0, ignoreIndex = -100 }: CrossEntropyOptions = {},
): Scalar {
  const target = crossEntropyTarget(logits.shape, labels, labelSmoothing, ignoreIndex);
  const kernels = fusedKernels();
  return recordedOp(
    [logits],
    () => kernels.crossEntropy(logits, target),
    (dy, saved) => [kernels.crossEntropyGradient(dy, target, saved)],
  );
}

function crossEntropyTarget(
  [rows, classes]: readonly [number, number],
  labels: ArrayLike<number>,
  smoothing: number,
  ignoreIndex: number,
): CrossEntropyTarget {
  if (labels.length !== rows) throw new ShapeError("bad_shape", `${labels.length} labels for ${rows} rows of logits`);
  if (!(smoothing >= 0 && smoothing < 1)) {
    throw new ConfigError("bad_label_smoothing", `label smoothing ${smoothing} is outside [0, 1)`);
  }
  const target = { labels: new Int32Array(rows), counts: new Float32Array(rows), total: 0, smoothing };
  for (let row = 0; row < rows; row++) {
    const label = labels[row] as number;
    if (label === ignoreIndex) continue;
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new ConfigError("bad_label", `label ${label} of row ${row} is not a class from 0 to ${classes - 1}`);
    }
    target.labels[row] = label;
    target.counts[row] = 1;
    target.total++;
  }
  if (target.total === 0)
    throw new ConfigError("no_labels", `every one of the ${rows} labels is ${ignoreIndex} (ignored)`);
  return target;
}
