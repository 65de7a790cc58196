import { composedKernels, type FrozenEmbedding } from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { blocksOf } from "./split-table.ts";

/** Rows of a table. */
export function embed(ids: Int32Array, embedding: FrozenEmbedding): Tensor2D {
  return blocksOf(embedding)?.gather(ids) ?? composedKernels.embed(ids, embedding);
}
