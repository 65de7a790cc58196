import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { fusedKernels } from "../contract/kernels.ts";
import type { FrozenEmbedding } from "../ops/embedding.ts";

/** x · tableᵀ + bias, straight from the table. */
export function unembed(x: Tensor2D, { table }: FrozenEmbedding, bias: Tensor1D | undefined): Tensor2D {
  const scores = fusedKernels().matMul(x, table, false, true);
  return bias === undefined ? scores : (tf.add(scores, bias) as Tensor2D);
}

/** dy · table. */
export function unembedGradient(dy: Tensor2D, { table }: FrozenEmbedding): Tensor2D {
  return fusedKernels().matMul(dy, table);
}
