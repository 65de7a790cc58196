import { ConfigError, ShapeError } from "@dylora/errors";

/**
 * Class ids from logits: the column of each row's greatest value, the first one on ties, as `numpy.argmax` has it
 * (a NaN counts as greatest there and here).
 *
 * @param logits row-major `[examples, classes]`
 * @param classes columns, at least 1
 * @returns One class id per row.
 * @throws ConfigError `bad_class_count`; ShapeError `logits_shape` when the length is no multiple of `classes`.
 * @example
 * ```ts
 * import { argmaxRows } from "@dylora/eval/glue";
 *
 * console.log(argmaxRows([0.1, 0.9, 2, -1], 2)); // Int32Array [1, 0]
 * ```
 */
export function argmaxRows(logits: ArrayLike<number>, classes: number): Int32Array {
  if (!Number.isSafeInteger(classes) || classes < 1) {
    throw new ConfigError("bad_class_count", `classes is ${classes}; it must be a whole number of at least 1`);
  }
  if (logits.length % classes !== 0) {
    throw new ShapeError("logits_shape", `${logits.length} logits do not make rows of ${classes} classes`, {
      details: { logits: logits.length, classes },
    });
  }
  return Int32Array.from({ length: logits.length / classes }, (_, row) => {
    let best = 0;
    for (let c = 0; c < classes; c++) {
      const value = logits[row * classes + c]!;
      if (Number.isNaN(value)) return c;
      if (value > logits[row * classes + best]!) best = c;
    }
    return best;
  });
}
