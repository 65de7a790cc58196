import type { TaskKind } from "@dylora/data";
import { argmaxRows } from "@dylora/eval/glue";
import type { AdaptedModel } from "@dylora/lora-core";
import { classification, regression, type SweptRank, sweepRanks } from "@dylora/trainer";
import type { EvaluationSet } from "../tasks/encode-task.ts";
import { responsive } from "./responsive.ts";

/** A rank with its predictions. */
export interface EvaluatedRank extends SweptRank {
  /** Class ids, or numbers of a regression, in the order of the split. */
  readonly predictions: ArrayLike<number>;
}

/** How {@link evaluateRanks} works. */
export interface EvaluateOptions {
  /** What is predicted. */
  readonly kind: TaskKind;
  /** Ranks, in the order of evaluation. */
  readonly ranks: readonly number[];
  /** Stops between two batches: what its reason holds is thrown. */
  readonly signal: AbortSignal;
  /** Told after each batch. */
  readonly onBatch?: () => void;
}

/** What logits predict: the greatest class, or the number itself. */
export function predictionsOf(kind: TaskKind, logits: Float32Array, classes: number): ArrayLike<number> {
  return kind === "regression" ? logits : argmaxRows(logits, classes);
}

/** Evaluates an adapter at several ranks. @yields each rank when it is done */
export async function* evaluateRanks(
  adapted: AdaptedModel,
  { batches }: EvaluationSet,
  { kind, onBatch = () => {}, ...options }: EvaluateOptions,
): AsyncGenerator<EvaluatedRank, void, void> {
  const objective = kind === "regression" ? regression() : classification();
  for await (const swept of sweepRanks(responsive(adapted), batches, { ...options, objective, onBatch })) {
    yield { ...swept, predictions: predictionsOf(kind, swept.logits, swept.classes) };
  }
}
