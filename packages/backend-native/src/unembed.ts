import type { FrozenEmbedding } from "@dylora/tensor";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { applyFrozen, applyFrozenBackward } from "./frozen-matrix.ts";
import type { KernelContext } from "./kernel-context.ts";
import { LazyLogits, packedTable } from "./lazy-logits.ts";
import { LogitsGradient } from "./logits-gradient.ts";

/** x · tableᵀ + bias; put off where a gradient may be asked for. */
export function runUnembed(
  context: KernelContext,
  x: Tensor2D,
  embedding: FrozenEmbedding,
  bias: Tensor1D | undefined,
  record: boolean,
): Tensor2D {
  if (!record) return applyFrozen(context, x, packedTable(context, embedding), bias);
  const logits = new LazyLogits(context, x, embedding, bias);
  return context.tensors.lazyTensor([x.shape[0], embedding.table.shape[0]], logits);
}

/** dy · table; known already where dy comes from a loss that was taken a few rows at a time. */
export function runUnembedGradient(context: KernelContext, dy: Tensor2D, embedding: FrozenEmbedding): Tensor2D {
  const { tensors } = context;
  const lazy = tensors.lazyValuesOf(dy);
  if (lazy instanceof LogitsGradient) return lazy.toHidden();
  return applyFrozenBackward(context, dy, packedTable(context, embedding));
}
