import { DyloraError, InterruptedError } from "@dylora/errors";
import { type FinishedRun, readRunRecord, type TrainingOutcome, trainRun } from "@dylora/finetune";
import { requireOptions, type TrainingSettings, trainingSettingsIn } from "@dylora/finetune/settings";
import { formatDuration } from "@dylora/report";
import type { CommandContext } from "../context.ts";
import { resumeCommand } from "../resume-command.ts";

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
}

/** How to go on after an error in training. */
async function goOn(dir: string, error: unknown): Promise<string> {
  // Where the first step fails, no learning rate has been at work.
  const broken = DyloraError.isInstance(error) && error.code === "loss_not_finite" && Number(error.details["step"]) > 1;
  if (!broken) return `Go on with: ${resumeCommand(dir)}`;
  const { settings } = await readRunRecord(dir);
  const lower = Number((settings.lr / 4).toPrecision(2));
  return `Go on with a lower learning rate: ${resumeCommand(dir, "--lr", String(lower))}`;
}

function sayOutcome(dir: string, { outcome, resumedFrom }: FinishedRun, { say }: CommandContext): void {
  const { step, reason, seconds } = outcome;
  const next = `next: dylora sweep ${dir}`;
  const early = reason === "early-stopping";
  if (resumedFrom === step) {
    const more = early ? "--early-stopping with more patience" : "--steps or --epochs";
    say(`${dir} had ${early ? "stopped early" : "been done"} after ${step} steps; ${more} lets it go on; ${next}`);
    return;
  }
  say(`${early ? "stopped early" : "done"} after ${step} steps, ${formatDuration(seconds)}; ${next}`);
}

/** `dylora train`: trains into a run folder, or goes on with the run in it. */
export async function runTrain(given: TrainSettings, context: CommandContext): Promise<TrainResult> {
  requireOptions(given, "out");
  const { out, overwrite, resume } = given;
  let begun = false;
  const request = { settings: trainingSettingsIn(given), given: context.given, out, overwrite, resume };
  try {
    const run = await trainRun(
      {
        ...request,
        onEvent: () => {
          begun = true;
        },
      },
      context.work,
    );
    sayOutcome(out, run, context);
    await run.close();
    const { outcome, distribution, parameters } = run;
    return { run: out, ...outcome, distribution, parameters };
  } catch (error) {
    if (error instanceof InterruptedError) {
      throw new InterruptedError(`${error.message}. Resume with: ${resumeCommand(out)}`);
    }
    if (begun) context.note(await goOn(out, error));
    throw error;
  }
}
