import type { FrozenEmbedding } from "@dylora/tensor";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { applyFrozen, applyFrozenBackward } from "./frozen-matrix.ts";
import type { Engine } from "./kernel-context.ts";
import { packedTable, UnreadLogits } from "./lazy-logits.ts";
import { LogitsGradient } from "./logits-gradient.ts";

/** x · tableᵀ + bias; put off where a gradient may be asked for. */
export function runUnembed(
  engine: Engine,
  x: Tensor2D,
  embedding: FrozenEmbedding,
  bias: Tensor1D | undefined,
  record: boolean,
): Tensor2D {
  if (!record) return applyFrozen(engine, x, packedTable(engine, embedding), bias);
  const logits = new UnreadLogits(engine, x, embedding, bias);
  return engine.tensors.deferred([x.shape[0], embedding.table.shape[0]], logits);
}

/** dy · table; known already where dy comes from a loss that was taken a few rows at a time. */
export function runUnembedGradient(engine: Engine, dy: Tensor2D, embedding: FrozenEmbedding): Tensor2D {
  const { tensors } = engine;
  const deferral = tensors.deferralOf(dy);
  if (deferral instanceof LogitsGradient) return deferral.toHidden();
  return applyFrozenBackward(engine, dy, packedTable(engine, embedding));
}
