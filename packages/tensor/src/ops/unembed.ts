import { ShapeError } from "@dylora/errors";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { isRecording, recordedOp } from "../autodiff/recorded-op.ts";
import type { FrozenEmbedding } from "../contract/embedding.ts";
import { fusedKernels } from "../registry.ts";

/**
 * Scores of hidden states against every row of a frozen table, x · tableᵀ + bias: the output layer of a language model
 * whose weight is tied to its token embedding. The gradient goes to x alone. A backend may keep a packed copy of the
 * table, made by the first call.
 *
 * @param x `[rows, features]`
 * @param bias `[table rows]`, frozen
 * @returns `[rows, table rows]`; the caller disposes it
 * @throws ShapeError `bad_shape` when x or the bias does not fit the table
 */
export function unembed(x: Tensor2D, embedding: FrozenEmbedding, bias?: Tensor1D): Tensor2D {
  const { table } = embedding;
  if (x.shape[1] !== table.shape[1]) {
    throw new ShapeError("bad_shape", `the input has ${x.shape[1]} features but the table ${table.shape[1]}`);
  }
  if (bias !== undefined && bias.shape[0] !== table.shape[0]) {
    throw new ShapeError("bad_shape", `bias [${bias.shape}] does not fit a table of ${table.shape[0]} rows`);
  }
  const kernels = fusedKernels();
  const record = isRecording();
  return recordedOp(
    [x],
    () => ({ y: kernels.unembed(x, embedding, bias, record), saved: [] }),
    (dy) => [kernels.unembedGradient(dy, embedding)],
  );
}
