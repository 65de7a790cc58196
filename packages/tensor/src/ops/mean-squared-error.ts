import { ShapeError } from "@dylora/errors";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { recordedOp } from "../autodiff/recorded-op.ts";

/**
 * Mean of the squared differences, with its gradient (GLUE's STS-B regression loss in transformers).
 *
 * @param predictions any shape
 * @param targets as many numbers, row-major
 * @returns a scalar; the caller disposes it
 * @throws ShapeError `bad_shape` when the counts differ or are zero
 */
export function meanSquaredError(predictions: Tensor, targets: ArrayLike<number>): Scalar {
  const { size } = predictions;
  if (targets.length !== size || size === 0) {
    throw new ShapeError("bad_shape", `${targets.length} targets for ${size} predictions`);
  }
  return recordedOp(
    [predictions],
    () => {
      const difference = tf.sub(predictions, tf.tensor(Float32Array.from(targets), predictions.shape));
      return { y: tf.mean(tf.square(difference)) as Scalar, saved: [difference] };
    },
    (dy, [difference]) => [tf.mul(tf.mul(difference as Tensor, 2 / size), dy)],
  );
}
