import type { FrozenEmbedding } from "@dylora/tensor";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import type { Engine } from "./engine.ts";
import { applyFrozen, applyFrozenBackward, NativeFrozenMatrix } from "./frozen-matrix.ts";

/** The table as a frozen matrix, features to rows: packed by the first call, in the engine's precision. */
function packedTable({ addon, tensors, bfloat16 }: Engine, embedding: FrozenEmbedding): NativeFrozenMatrix {
  const { table } = embedding;
  const [outFeatures, inFeatures] = table.shape;
  return embedding.prepared(
    () =>
      new NativeFrozenMatrix(addon, tensors.numbers(table), { inFeatures, outFeatures, layout: "out-in" }, bfloat16),
  );
}

/** x · tableᵀ + bias. */
export function runUnembed(
  engine: Engine,
  x: Tensor2D,
  embedding: FrozenEmbedding,
  bias: Tensor1D | undefined,
): Tensor2D {
  return applyFrozen(engine, x, packedTable(engine, embedding), bias);
}

/** dy · table. */
export function runUnembedGradient(engine: Engine, dy: Tensor2D, embedding: FrozenEmbedding): Tensor2D {
  return applyFrozenBackward(engine, dy, packedTable(engine, embedding));
}
