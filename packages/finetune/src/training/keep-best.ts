import type { AdaptedModel } from "@dylora/lora-core";
import { type CheckpointStore, type EvaluationEvent, parameterTensors, restoreParameters } from "@dylora/trainer";
import { type BestEvaluation, bestOf, isBetter } from "../runs/best-evaluation.ts";

/** Keeps the parameters of the best evaluation of a run. */
export interface BestKeeper {
  /** Takes note of an evaluation, and of the parameters as they are, where it is the best so far. */
  observe(event: EvaluationEvent): Promise<void>;
  /** Puts the parameters of the best evaluation into the adapter. @returns that evaluation; undefined where there was none */
  restore(): BestEvaluation | undefined;
  /** The best evaluation so far. */
  readonly best: BestEvaluation | undefined;
}

/** What of a run is kept. */
export interface KeepBestOptions {
  /** The model with the adapter that is trained. */
  readonly adapted: AdaptedModel;
  /** The rank that decides. */
  readonly rank: number;
  /** False for metrics that should fall. */
  readonly higherIsBetter: boolean;
  /** Where the best is kept beyond this process; default nowhere. */
  readonly store?: CheckpointStore | undefined;
  /** Go on with the best in the store. */
  readonly resume?: boolean;
}

/** Keeps the best adapter of a run, by the metric of one rank and then its loss, as {@link isBetter} says. */
export async function keepBest({
  adapted: { adapter },
  rank,
  higherIsBetter,
  store,
  resume = false,
}: KeepBestOptions): Promise<BestKeeper> {
  const saved = resume ? await store?.latest() : undefined;
  const before = saved === undefined ? undefined : bestOf(saved);
  // Where another rank decides now, what was measured before says nothing about it.
  let [best, kept] = before?.rank === rank ? [before, saved] : [];
  return {
    get best() {
      return best;
    },
    async observe({ step, rank: evaluated, metric, loss }) {
      if (evaluated !== rank || !isBetter({ metric, loss }, best, higherIsBetter)) return;
      const measured = { rank, metric, ...(loss === undefined ? {} : { loss }) };
      best = { step, ...measured };
      const checkpoint = { step, tensors: parameterTensors(adapter), metadata: { best: measured } };
      kept = checkpoint;
      await store?.save(checkpoint);
    },
    restore() {
      if (kept !== undefined) restoreParameters(adapter, kept);
      return best;
    },
  };
}
