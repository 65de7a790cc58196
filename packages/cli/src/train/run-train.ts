import {
  bestEvaluation,
  type EvaluatedRanks,
  type FinishedRun,
  lastEvaluation,
  type TrainingOutcome,
} from "@dylora/finetune";
import { requireOptions, type TrainingSettings, trainingSettingsIn } from "@dylora/finetune/settings";
import { formatDuration } from "@dylora/report";
import type { CommandContext } from "../context.ts";
import { printedCommand } from "../printed-command.ts";
import { trainWithAdvice } from "./train-with-advice.ts";

/** Settings of `dylora train`. */
export interface TrainSettings extends TrainingSettings {
  /** The run folder. */
  readonly out: string | undefined;
  /** Replace an earlier run. */
  readonly overwrite: boolean;
  /** Go on with an earlier run. */
  readonly resume: boolean;
}

/** What `dylora train --json` prints. */
export interface TrainResult extends TrainingOutcome {
  /** The run folder. */
  readonly run: string;
  /** Name of the rank distribution. */
  readonly distribution: string;
  /** Trainable parameters at the highest rank. */
  readonly parameters: number;
  /** What evaluations measure. */
  readonly metric: string;
  /** The last evaluation of `--eval-every`, and the best of the highest rank; absent without evaluations. */
  readonly evaluations?: { readonly last: EvaluatedRanks; readonly best?: EvaluatedRanks };
}

function evaluationsOf({ log, evaluation }: FinishedRun): Pick<TrainResult, "evaluations"> {
  const last = lastEvaluation(log.evaluations);
  const best = bestEvaluation(log.evaluations, evaluation.metric.higherIsBetter);
  return last === undefined ? {} : { evaluations: { last, ...(best === undefined ? {} : { best }) } };
}

function kept(best: TrainingOutcome["best"]): string {
  return best === undefined
    ? ""
    : `kept the adapter of step ${best.step}, ${best.metric.toFixed(4)} at rank ${best.rank}; `;
}

function sayOutcome(dir: string, { outcome, resumedFrom }: FinishedRun, { say }: CommandContext): void {
  const { step, reason, seconds, best } = outcome;
  const next = `next: ${printedCommand("sweep", dir)}`;
  const early = reason === "early-stopping";
  if (resumedFrom === step) {
    const more = early ? "--early-stopping with more patience" : "--steps or --epochs";
    say(`${dir} had ${early ? "stopped early" : "been done"} after ${step} steps; ${more} lets it go on; ${next}`);
    return;
  }
  say(`${early ? "stopped early" : "done"} after ${step} steps, ${formatDuration(seconds)}; ${kept(best)}${next}`);
}

/** `dylora train`: trains into a run folder, or goes on with the run in it. */
export async function runTrain(given: TrainSettings, context: CommandContext): Promise<TrainResult> {
  requireOptions(given, "out");
  const { out, overwrite, resume } = given;
  const request = { settings: trainingSettingsIn(given), given: context.given, out, overwrite, resume };
  const run = await trainWithAdvice(request, context);
  sayOutcome(out, run, context);
  await run.close();
  const { outcome, distribution, parameters, evaluation } = run;
  return { run: out, ...outcome, distribution, parameters, metric: evaluation.metric.name, ...evaluationsOf(run) };
}
