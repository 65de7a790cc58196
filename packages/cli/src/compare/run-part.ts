import type { AdaptableModel } from "@dylora/lora-core";
import type { CommandContext } from "../context.ts";
import { samplerFor } from "../options/distribution.ts";
import type { TrainingSettings } from "../options/training-options.ts";
import { type BootstrapSettings, evaluateAll, pointOf } from "../sweep/sweep-curve.ts";
import type { PreparedTraining } from "../training/prepare-training.ts";
import { freshAdapter, trainAdapter } from "../training/train-adapter.ts";
import type { Part, PartPlan } from "./part.ts";

/** A part to run on a model that is loaded. */
export interface PartJob {
  /** What to train. */
  readonly plan: PartPlan;
  /** Ranks to evaluate, rising. */
  readonly ranks: readonly number[];
  /** The model, with the head that the plan's seed gives. */
  readonly model: AdaptableModel;
  /** What was read and checked. */
  readonly prepared: PreparedTraining;
  /** The settings of the DyLoRA run. */
  readonly settings: TrainingSettings;
  /** Intervals; none when left out. */
  readonly bootstrap?: BootstrapSettings;
  /** What to call it in the display of progress. */
  readonly title: string;
}

/** The settings that a part differs by: a LoRA has its own rank and always trains it whole. */
export function settingsOf({ method, rank, seed }: PartPlan, settings: TrainingSettings): TrainingSettings {
  if (method === "dylora") return { ...settings, seed };
  const plain = {
    distribution: `fixed:${rank}`,
    minRank: 1,
    blockSize: 1,
    updateMode: "full",
    rankPer: "step",
  } as const;
  return { ...settings, ...plain, rank, seed };
}

/**
 * Trains and evaluates one part.
 *
 * @throws the signal's reason when the person stopped it
 */
export async function runPart(job: PartJob, context: CommandContext): Promise<Part> {
  const { plan, ranks, model, prepared, bootstrap, title } = job;
  const settings = settingsOf(plan, job.settings);
  const sampler = await samplerFor(settings);
  const adapted = freshAdapter(model, settings);
  const { reason, seconds } = await trainAdapter(
    { adapted, prepared, settings, sampler, title: `${title}: train` },
    context,
  );
  if (reason === "aborted") context.signal.throwIfAborted();
  const { evaluation } = prepared;
  const evaluated = await evaluateAll({ adapted, evaluation, ranks, title: `${title}: evaluate` }, context);
  return { ...plan, trainSeconds: seconds, points: evaluated.map((rank) => pointOf(rank, evaluation, bootstrap)) };
}
