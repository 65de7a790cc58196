import type { EvaluationEvent } from "@dylora/trainer";
import type { BestEvaluation } from "../runs/best-evaluation.ts";

const shown = (value: number): string => value.toFixed(4);

/**
 * Tells evaluations on the way, a line for each time that all ranks have been evaluated.
 *
 * @param metric what is measured
 * @param ranks that are evaluated each time
 * @returns gives a line after the last rank, and nothing before: `step 50: accuracy 0.8120 at rank 8, loss 0.4400; the best so far`
 */
export function sayEvaluations(
  metric: string,
  ranks: readonly number[],
): (event: EvaluationEvent, best: BestEvaluation | undefined) => string | undefined {
  let seen: EvaluationEvent[] = [];
  return (event, best) => {
    if (seen[0]?.step !== event.step) seen = [];
    seen.push(event);
    if (seen.length < ranks.length) return undefined;
    const parts = seen.map(({ rank, metric: value, loss }) => {
      const about = loss === undefined ? "" : ` (loss ${shown(loss)})`;
      return `${shown(value)} at rank ${rank}${about}`;
    });
    const verdict = best?.step === event.step ? "; the best so far" : "";
    return `step ${event.step}: ${metric} ${parts.join(", ")}${verdict}`;
  };
}
