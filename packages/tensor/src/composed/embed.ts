import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { FrozenEmbedding } from "../embedding.ts";

/** Rows of the table, by their numbers. */
export function embed(ids: Int32Array, { table }: FrozenEmbedding): Tensor2D {
  return tf.gather(table, tf.tensor1d(ids, "int32"));
}
