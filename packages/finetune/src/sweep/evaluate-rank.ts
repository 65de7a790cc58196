import { type AdaptedModel, type ParameterCounts, parameterCounts } from "@dylora/lora-core";
import type { EvaluationSet, Measured, MeasureOptions } from "../tasks/task.ts";
import type { MeasuredStore } from "./measured-store.ts";

/** A rank with what was measured at it. */
export interface EvaluatedRank extends Measured {
  /** Effective rank b. */
  readonly rank: number;
  /** Parameters in use at this rank. */
  readonly parameters: ParameterCounts;
  /** Wall-clock seconds of the measurement. */
  readonly seconds: number;
}

/** Measures an adapter at a rank, or takes what was measured before and kept. */
export async function evaluateRank(
  adapted: AdaptedModel,
  evaluation: EvaluationSet,
  rank: number,
  options: MeasureOptions,
  store?: MeasuredStore,
): Promise<EvaluatedRank> {
  const parameters = parameterCounts(adapted.adapter, rank);
  const kept = await store?.find(rank);
  const recalled = kept === undefined ? undefined : evaluation.recall(kept.answers);
  if (kept !== undefined && recalled !== undefined) return { ...recalled, rank, parameters, seconds: kept.seconds };
  const started = performance.now();
  const measured = await evaluation.measure(adapted, rank, options);
  const seconds = (performance.now() - started) / 1000;
  await store?.keep(rank, { answers: measured.answers, seconds });
  return { ...measured, rank, parameters, seconds };
}
