import { aurac, bestRank, type RatedRank } from "@dylora/trainer";
import { contextOf, type WorkOptions } from "../context.ts";
import { evaluateAll } from "../sweep/evaluate-all.ts";
import type { Run } from "./finetune.ts";

/** A rank with what was measured at it. */
export interface SweptRank extends RatedRank {
  /** Mean loss, where it was computed. */
  readonly loss: number | undefined;
  /** Parameters in use. */
  readonly parameters: number;
}

/** Scores of a run at every rank. */
export interface SweepTable {
  /** What was measured, for people. */
  readonly metric: { readonly name: string; readonly higherIsBetter: boolean };
  /** Every rank, rising. */
  readonly ranks: readonly SweptRank[];
  /** The rank with the best score; undefined where it is not defined at any. */
  readonly best: SweptRank | undefined;
  /** Area under the curve over log₂(rank). */
  readonly aurac: number;
}

/** How a run is swept. */
export interface SweepOptions extends Pick<WorkOptions, "signal" | "onProgress"> {
  /** Ranks to evaluate, rising. Default: every rank. */
  readonly ranks?: readonly number[];
}

/**
 * Evaluates a run at every rank on the rows that were set apart.
 *
 * @throws the signal's reason when it stopped the work
 */
export async function sweep({ adapted, evaluation, maxRank }: Run, options: SweepOptions = {}): Promise<SweepTable> {
  const { ranks = Array.from({ length: maxRank }, (_, index) => index + 1) } = options;
  const evaluated = await evaluateAll({ adapted, evaluation, ranks, title: "sweep" }, contextOf(options));
  const rated = evaluated.map(({ rank, score: metric, loss, parameters }) => ({
    rank,
    metric,
    loss,
    parameters: parameters.total,
  }));
  const { name, higherIsBetter } = evaluation.metric;
  return {
    metric: { name, higherIsBetter },
    ranks: rated,
    best: bestRank(rated, higherIsBetter),
    aurac: aurac(rated, "log2"),
  };
}
