import type { Batch, CausalBatch, PaddedBatch } from "./batch.ts";
import { type EncodedCompletion, type EncodedExample, IGNORE_LABEL } from "./example.ts";
import type { TaskKind } from "./task-kind.ts";

/** How rows are brought to one length. */
export interface Padding {
  /** Token id that fills the rows. */
  readonly padId: number;
  /** The padded length is a multiple of this. */
  readonly multipleOf: number;
}

function padRows(rows: readonly { inputIds: ArrayLike<number> }[], indices: Int32Array, padding: Padding): PaddedBatch {
  const longest = rows.reduce((most, row) => Math.max(most, row.inputIds.length), 0);
  const length = Math.ceil(longest / padding.multipleOf) * padding.multipleOf;
  const inputIds = new Int32Array(rows.length * length).fill(padding.padId);
  const attentionMask = new Int32Array(rows.length * length);
  rows.forEach((row, i) => {
    inputIds.set(row.inputIds, i * length);
    attentionMask.fill(1, i * length, i * length + row.inputIds.length);
  });
  return { inputIds, attentionMask, size: rows.length, length, indices };
}

/** Pads the examples at `indices` into one batch with a label a row. */
export function collateLabelled(
  encoded: readonly EncodedExample[],
  indices: Int32Array,
  padding: Padding,
  kind: TaskKind,
): Batch {
  const rows = Array.from(indices, (position) => encoded[position]!);
  const labels =
    kind === "classification"
      ? Int32Array.from(rows, (row) => row.label ?? IGNORE_LABEL)
      : Float32Array.from(rows, (row) => row.label ?? Number.NaN);
  return { ...padRows(rows, indices, padding), labels };
}

/** Pads the completions at `indices` into one batch with a label a token. */
export function collateCausal(
  encoded: readonly EncodedCompletion[],
  indices: Int32Array,
  padding: Padding,
): CausalBatch {
  const rows = Array.from(indices, (position) => encoded[position]!);
  const batch = padRows(rows, indices, padding);
  const labels = new Int32Array(batch.inputIds.length).fill(IGNORE_LABEL);
  rows.forEach((row, i) => {
    labels.set(row.labels, i * batch.length);
  });
  return { ...batch, labels };
}
