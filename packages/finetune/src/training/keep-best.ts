import type { AdaptedModel } from "@dylora/lora-core";
import { type CheckpointStore, type EvaluationEvent, restoreParameters } from "@dylora/trainer";
import { type BestEvaluation, bestOf } from "../runs/best-evaluation.ts";

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

/** Keeps the best adapter of a run, by the metric of one rank. A metric that is not a number is never the best. */
export async function keepBest({
  adapted: { adapter },
  rank,
  higherIsBetter,
  store,
  resume = false,
}: KeepBestOptions): Promise<BestKeeper> {
  const { parameters } = adapter;
  const saved = resume ? await store?.latest() : undefined;
  let best = saved === undefined ? undefined : bestOf(saved);
  // Another rank decides now: what was measured before says nothing about it.
  if (best?.rank !== rank) best = undefined;
  const values = parameters.values.slice();
  if (best !== undefined && saved !== undefined) {
    restoreParameters(adapter, saved);
    const kept = parameters.values.slice();
    parameters.values.set(values);
    values.set(kept);
  }
  return {
    get best() {
      return best;
    },
    async observe({ step, rank: evaluated, metric }) {
      if (evaluated !== rank || !Number.isFinite(metric)) return;
      if (best !== undefined && (higherIsBetter ? metric <= best.metric : metric >= best.metric)) return;
      best = { step, rank, metric };
      values.set(parameters.values);
      const tensors = parameters.entries.map(
        ({ name, offset, size }) => [name, values.slice(offset, offset + size)] as const,
      );
      await store?.save({ step, tensors: Object.fromEntries(tensors), metadata: { best: { rank, metric } } });
    },
    restore() {
      if (best !== undefined) parameters.values.set(values);
      return best;
    },
  };
}
