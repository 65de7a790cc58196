import type { RunChange } from "../runs/run-record.ts";
import type { TrainingSettings } from "../settings/training-settings.ts";

/** What decides which examples a step is given. */
export type Batching = Pick<TrainingSettings, "batchSize" | "accumulation">;

/** A stretch of a run in which batches have one size. */
interface Stretch extends Batching {
  /** Step it begins at. */
  readonly from: number;
}

function stretchesOf({ batchSize, accumulation }: Batching, changes: readonly RunChange[]): Stretch[] {
  const stretches: Stretch[] = [];
  let after: Batching = { batchSize, accumulation };
  for (const { step, settings } of [...changes].reverse()) {
    const { batchSize: size, accumulation: times } = settings;
    if (size === undefined && times === undefined) continue;
    stretches.unshift({ ...after, from: step });
    after = {
      batchSize: Number(size?.before ?? after.batchSize),
      accumulation: Number(times?.before ?? after.accumulation),
    };
  }
  return [{ ...after, from: 0 }, ...stretches];
}

/** Where a run stands in its data since its batches have had the size they have. */
export interface DataPlace {
  /** Step since when. */
  readonly from: number;
  /** Number of the batch that step begins with. */
  readonly firstBatch: number;
  /** Passes over the data before it. */
  readonly passes: number;
}

/**
 * Where a run stands in its data. A run whose batch size was changed goes on at the same place in its pass over the
 * examples, to a batch; since batches of another size are put together in another order, some examples of that pass may
 * come twice or not at all.
 *
 * @param batching as it is now
 * @param examples that are trained on
 */
export function dataPlace(batching: Batching, changes: readonly RunChange[], examples: number): DataPlace {
  const perPass = ({ batchSize }: Batching): number => Math.ceil(examples / batchSize);
  const [first, ...others] = stretchesOf(batching, changes) as [Stretch, ...Stretch[]];
  let [stretch, firstBatch] = [first, 0];
  for (const next of others) {
    const batch = firstBatch + (next.from - stretch.from) * stretch.accumulation;
    const same = next.batchSize === stretch.batchSize;
    firstBatch = same ? batch : Math.floor((batch / perPass(stretch)) * perPass(next));
    stretch = next;
  }
  return { from: stretch.from, firstBatch, passes: firstBatch / perPass(stretch) };
}

/** Optimiser steps of a run: given, or from passes over the data. */
export function stepsOf(
  { steps, epochs = 3, ...batching }: Batching & Pick<TrainingSettings, "steps" | "epochs">,
  changes: readonly RunChange[],
  examples: number,
): number {
  if (steps !== undefined) return steps;
  const { from, passes } = dataPlace(batching, changes, examples);
  const batches = (epochs - passes) * Math.ceil(examples / batching.batchSize);
  return Math.max(1, from + Math.max(0, Math.ceil(batches / batching.accumulation)));
}
