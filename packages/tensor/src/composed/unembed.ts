import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { FrozenEmbedding } from "../contract/embedding.ts";
import type { FusedKernels } from "../contract/kernels.ts";

type Product = Pick<FusedKernels, "matMul">;

/** x · tableᵀ + bias, straight from the table. */
export function unembed(
  kernels: Product,
  x: Tensor2D,
  { table }: FrozenEmbedding,
  bias: Tensor1D | undefined,
): Tensor2D {
  const scores = kernels.matMul(x, table, false, true);
  return bias === undefined ? scores : (tf.add(scores, bias) as Tensor2D);
}

/** dy · table. */
export function unembedGradient(kernels: Product, dy: Tensor2D, { table }: FrozenEmbedding): Tensor2D {
  return kernels.matMul(dy, table);
}
