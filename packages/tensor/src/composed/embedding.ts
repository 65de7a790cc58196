import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { FrozenEmbedding, FrozenTable } from "../contract/embedding.ts";

/** The table as a tensor. */
export function freezeTable(values: Float32Array, shape: [rows: number, features: number]): FrozenTable {
  return { table: tf.tensor2d(values, shape) };
}

/** Rows of the table, by their numbers. */
export function embed(ids: Int32Array, { table }: FrozenEmbedding): Tensor2D {
  return tf.gather(table, tf.tensor1d(ids, "int32"));
}
