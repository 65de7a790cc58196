import type { Curve } from "@dylora/report";
import { contextOf, type WorkOptions } from "../context.ts";
import { curveOf } from "../sweep/sweep-curve.ts";
import type { FinishedRun } from "../training/train-run.ts";
import { spentOn } from "./comparison-cost.ts";
import { runTrial } from "./run-trial.ts";
import type { Trial } from "./trial.ts";

/** How {@link loraBaseline} measures. */
export interface BaselineSettings {
  /** Ranks to train a plain LoRA at. */
  readonly ranks: readonly number[];
  /** Level of the intervals. Default 0.95. */
  readonly confidence?: number;
  /** Resamples of the bootstrap. Default 1000. */
  readonly resamples?: number;
}

function curveOfTrials(trials: readonly Trial[]): Curve {
  const points = trials.flatMap(({ points, trainSeconds }) => points.map((point) => ({ ...point, trainSeconds })));
  return curveOf({ name: "LoRA trained at each rank", kind: "lora", ...spentOn(trials) }, points);
}

/**
 * Trains a plain LoRA at some ranks, on the model of a run and with its steps, and measures each: what a DyLoRA run is
 * compared with.
 *
 * @throws the signal's reason when it stopped the work
 *
 * @experimental
 */
export async function loraBaseline(
  { adapted, prepared, record }: FinishedRun,
  { ranks, confidence = 0.95, resamples = 1000 }: BaselineSettings,
  options: WorkOptions = {},
): Promise<Curve> {
  const context = contextOf(options);
  const { settings } = record;
  const job = { model: adapted.model, prepared, settings, bootstrap: { confidence, resamples } };
  const trials: Trial[] = [];
  for (const rank of ranks) {
    const plan = { method: "lora", rank, seed: settings.seed } as const;
    trials.push(await runTrial({ ...job, plan, ranks: [rank], title: `LoRA rank ${rank}` }, context));
  }
  return curveOfTrials(trials);
}
