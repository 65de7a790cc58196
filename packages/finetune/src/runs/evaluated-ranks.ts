import type { EvaluationEvent } from "@dylora/trainer";
import { isBetter } from "./best-evaluation.ts";

/** A rank that was evaluated. */
export interface EvaluatedRank {
  /** The rank. */
  readonly rank: number;
  /** Its metric; NaN where it is not defined, which is null in JSON. */
  readonly metric: number;
  /** Its mean loss, where there is one. */
  readonly loss?: number;
}

/** The ranks that were evaluated after one step. */
export interface EvaluatedRanks {
  /** Steps that had been taken. */
  readonly step: number;
  /** By rising rank. */
  readonly ranks: readonly EvaluatedRank[];
}

/** The evaluation after a step; undefined where there was none. */
export function evaluationAt(evaluations: readonly EvaluationEvent[], step: number): EvaluatedRanks | undefined {
  const ranks = evaluations
    .filter((event) => event.step === step)
    .map(({ rank, metric, loss }): EvaluatedRank => ({ rank, metric, ...(loss === undefined ? {} : { loss }) }))
    .sort((a, b) => a.rank - b.rank);
  return ranks.length === 0 ? undefined : { step, ranks };
}

/** The last evaluation of a run, whose evaluations are given by rising step. */
export function lastEvaluation(evaluations: readonly EvaluationEvent[]): EvaluatedRanks | undefined {
  const last = evaluations.at(-1);
  return last === undefined ? undefined : evaluationAt(evaluations, last.step);
}

/** The evaluation of a run with the best metric at the highest rank that was evaluated; of equal ones the one with the lower loss. */
export function bestEvaluation(
  evaluations: readonly EvaluationEvent[],
  higherIsBetter: boolean,
): EvaluatedRanks | undefined {
  const highest = evaluations.reduce((most, { rank }) => Math.max(most, rank), 0);
  let best: EvaluationEvent | undefined;
  for (const event of evaluations) {
    if (event.rank === highest && isBetter(event, best, higherIsBetter)) best = event;
  }
  return best === undefined ? undefined : evaluationAt(evaluations, best.step);
}
