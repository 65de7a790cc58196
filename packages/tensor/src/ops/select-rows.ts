import { ConfigError } from "@dylora/errors";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { recordedOp } from "../autodiff/recorded-op.ts";

/**
 * Some rows of a matrix, with their gradient: for a loss on a few positions, so that the output layer is computed for
 * those alone.
 *
 * @param x `[rows, features]`
 * @param rows row numbers, each at most once
 * @returns `[rows.length, features]`; the caller disposes it
 * @throws ConfigError `id_out_of_range` for a number that is no row or comes twice
 */
export function selectRows(x: Tensor2D, rows: ArrayLike<number>): Tensor2D {
  const [count, features] = x.shape;
  const seen = new Uint8Array(count);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    if (!Number.isInteger(row) || row < 0 || row >= count || seen[row] === 1) {
      throw new ConfigError("id_out_of_range", `row ${row} (at ${i}) comes twice or is outside 0 to ${count - 1}`);
    }
    seen[row] = 1;
  }
  const ids = Int32Array.from(rows);
  return recordedOp(
    [x],
    () => ({ y: tf.gather(x, tf.tensor1d(ids, "int32")), saved: [] }),
    (dy) => [tf.scatterND(tf.tensor2d(ids, [ids.length, 1], "int32"), dy, [count, features])],
  );
}
