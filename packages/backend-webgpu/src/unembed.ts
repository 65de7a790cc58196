import { composedKernels, type FrozenEmbedding } from "@dylora/tensor";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { blocksOf } from "./split-table.ts";

/** x · tableᵀ + bias. */
export function unembed(x: Tensor2D, embedding: FrozenEmbedding, bias: Tensor1D | undefined): Tensor2D {
  const scores = blocksOf(embedding)?.timesTransposed(x);
  if (scores === undefined) return composedKernels.unembed(x, embedding, bias);
  return bias === undefined ? scores : tf.add(scores, bias);
}

/** dy · table. */
export function unembedGradient(dy: Tensor2D, embedding: FrozenEmbedding): Tensor2D {
  return blocksOf(embedding)?.times(dy) ?? composedKernels.unembedGradient(dy, embedding);
}
