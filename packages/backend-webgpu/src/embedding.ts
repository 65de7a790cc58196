import { composedKernels, type FrozenEmbedding } from "@dylora/tensor";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { SplitRows } from "./split-rows.ts";
import { bufferLimit } from "./wgsl/program.ts";

/** The blocks of a table that no buffer of the device holds; undefined where one does. */
function blocksOf(embedding: FrozenEmbedding): SplitRows | undefined {
  const { table } = embedding;
  if (4 * table.size <= bufferLimit()) return undefined;
  // A table is sent to the GPU when an op first takes it. None takes this one: it can be read here.
  return embedding.prepared(() => new SplitRows(table.dataSync<"float32">(), ...table.shape));
}

/** Rows of a table. */
export function embed(ids: Int32Array, embedding: FrozenEmbedding): Tensor2D {
  return blocksOf(embedding)?.gather(ids) ?? composedKernels.embed(ids, embedding);
}

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
