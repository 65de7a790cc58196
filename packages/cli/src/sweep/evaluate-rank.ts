import { type AdaptedModel, type ParameterCounts, parameterCounts } from "@dylora/lora-core";
import type { EvaluationSet, Measured, MeasureOptions } from "../tasks/task.ts";

/** A rank with what was measured at it. */
export interface EvaluatedRank extends Measured {
  /** Effective rank b. */
  readonly rank: number;
  /** Parameters in use at this rank. */
  readonly parameters: ParameterCounts;
  /** Wall-clock seconds of the measurement. */
  readonly seconds: number;
}

/** Measures an adapter at a rank. */
export async function evaluateRank(
  adapted: AdaptedModel,
  evaluation: EvaluationSet,
  rank: number,
  options: MeasureOptions,
): Promise<EvaluatedRank> {
  const started = performance.now();
  const measured = await evaluation.measure(adapted, rank, options);
  const seconds = (performance.now() - started) / 1000;
  return { ...measured, rank, parameters: parameterCounts(adapted.adapter, rank), seconds };
}
