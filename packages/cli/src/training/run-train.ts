import { ConfigError } from "@dylora/errors";
import { parameterCounts } from "@dylora/lora-core";
import { formatCount, formatDuration } from "@dylora/report";
import { checkpointProgress } from "@dylora/trainer";
import { closingOnFailure } from "../base-model.ts";
import type { CommandContext } from "../context.ts";
import { startEngine } from "../engine.ts";
import { withAbsolutePaths } from "../options/absolute-paths.ts";
import { requireOptions } from "../options/read-settings.ts";
import { type TrainingSettings, trainingSettingsIn } from "../options/training-options.ts";
import { checkNewRun, holdingFolder } from "../run/prepare-run-folder.ts";
import { runCheckpoints } from "../run/run-checkpoints.ts";
import { type RunRecord, readRunRecord } from "../run/run-record.ts";
import { prepareTraining } from "./prepare-training.ts";
import { describeChanges, resumedSettings } from "./resumed-settings.ts";
import { freshAdapter, loadForTask, scheduleFor, type TrainingOutcome } from "./train-adapter.ts";
import { beginRun, type FolderRun, type ResumePoint, trainInFolder } from "./train-in-folder.ts";

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

function describe({ settings, prepared, adapted, engine }: FolderRun): string {
  const { task, base, training, steps, sampler } = prepared;
  const trainable = formatCount(parameterCounts(adapted.adapter).total);
  return (
    `${task.name}: ${formatCount(training.size)} examples, ${formatCount(steps)} steps; ${base.name}, ` +
    `${trainable} trainable parameters, ranks ${sampler.distribution.name} of ${settings.rank}; engine ${engine.id}: ${engine.detail}`
  );
}

/** What of a run in a folder goes on. */
interface Resumed {
  readonly settings: TrainingSettings;
  readonly record: RunRecord;
  readonly point: ResumePoint;
}

/** Reads the run that goes on, and what is to change in it. */
async function resumedRun(dir: string, given: TrainingSettings, context: CommandContext): Promise<Resumed> {
  const record = await readRunRecord(dir);
  const checkpoint = await runCheckpoints(dir, record).latest();
  for (const warning of checkpoint?.warnings ?? []) context.note(warning);
  const point = checkpoint === undefined ? { step: 0, evaluated: 0 } : checkpointProgress(checkpoint);
  const { settings, changed } = resumedSettings(dir, record, given, context.given);
  if (settings.steps !== undefined && settings.steps < point.step) {
    throw new ConfigError(
      "resume_differs",
      `--steps is ${settings.steps}, and ${dir} has taken ${point.step} steps already; give at least as many`,
    );
  }
  // Where an older checkpoint is gone on from, what was changed after it holds from it on.
  const before = (record.changes ?? []).map((change) => ({ ...change, step: Math.min(change.step, point.step) }));
  const now = { step: point.step, time: new Date().toISOString(), command: context.command, settings: changed };
  const changes = Object.keys(changed).length === 0 ? before : [...before, now];
  return { settings, record: { ...record, settings, changes }, point };
}

/** Says what a run that goes on does otherwise from now on. */
function sayChanges(
  run: FolderRun,
  old: RunRecord,
  changed: Parameters<typeof describeChanges>[0],
  context: CommandContext,
): void {
  const { prepared, settings, from } = run;
  const step = from?.step ?? 0;
  if (Object.keys(changed).length > 0) context.note(`from step ${step} on: ${describeChanges(changed)}`);
  const { trainingExamples } = old.task;
  if (prepared.training.size !== trainingExamples) {
    context.note(
      `the training data have changed: ${prepared.training.size} examples, ${trainingExamples} when the run was begun; it goes on, and not as it would have`,
    );
  }
  if (step >= prepared.steps) return;
  const rate = ({ lr }: TrainingSettings, factor: number): number => Number((lr * factor).toPrecision(4));
  const now = rate(settings, scheduleFor(settings, prepared.steps)(step));
  const before = rate(old.settings, scheduleFor(old.settings, old.steps)(step));
  if (now === before) return;
  const end = settings.schedule === "constant" ? "" : `, and falls to 0 at step ${prepared.steps}`;
  context.note(`the learning rate (${settings.schedule}) is ${now} at the next step in place of ${before}${end}`);
}

async function trainHeld(given: TrainSettings & { out: string }, context: CommandContext): Promise<TrainResult> {
  const { out: dir, overwrite, resume } = given;
  const fresh = withAbsolutePaths(trainingSettingsIn(given));
  if (!resume) await checkNewRun(dir, overwrite, fresh);
  const old = resume ? await readRunRecord(dir) : undefined;
  const resumed = resume ? await resumedRun(dir, fresh, context) : undefined;
  const settings = resumed?.settings ?? fresh;
  const changes = resumed?.record.changes ?? [];
  const prepared = await prepareTraining(settings, context, undefined, changes);

  const engine = await closingOnFailure(prepared.base, () => startEngine(settings.backend));
  try {
    const model = await loadForTask(prepared, { seed: settings.seed, note: context.note, resume });
    const adapted = freshAdapter(model, settings);
    const run: FolderRun = { dir, settings, prepared, adapted, engine, changes, from: resumed?.point };
    context.note(describe(run));
    if (old !== undefined)
      sayChanges(run, old, changes.length > (old.changes?.length ?? 0) ? changes.at(-1)!.settings : {}, context);
    const record = await beginRun(run, resumed?.record, context);
    const outcome = await trainInFolder(run, record, context);
    sayOutcome(dir, outcome, resumed?.point, context);
    model.dispose();
    const { sampler } = prepared;
    return {
      run: dir,
      ...outcome,
      distribution: sampler.distribution.name,
      parameters: parameterCounts(adapted.adapter).total,
    };
  } finally {
    engine.dispose();
    await prepared.base.folder.weights.close();
  }
}

function sayOutcome(
  dir: string,
  { step, reason, seconds }: TrainingOutcome,
  from: ResumePoint | undefined,
  { say }: CommandContext,
): void {
  const next = `next: dylora sweep ${dir}`;
  if (from !== undefined && from.step === step) {
    const more = reason === "early-stopping" ? "--early-stopping with more patience" : "--steps or --epochs";
    say(
      `${dir} had ${reason === "early-stopping" ? "stopped early" : "been done"} after ${step} steps; ${more} lets it go on; ${next}`,
    );
    return;
  }
  const last = reason === "early-stopping" ? "stopped early" : "done";
  say(`${last} after ${step} steps, ${formatDuration(seconds)}; ${next}`);
}

/** `dylora train`: trains into a run folder, or goes on with the run in it. */
export async function runTrain(given: TrainSettings, context: CommandContext): Promise<TrainResult> {
  requireOptions(given, "out");
  const { out, overwrite, resume } = given;
  if (resume && overwrite) throw new ConfigError("bad_option", "give --resume or --overwrite, not both");
  return holdingFolder(out, context, () => trainHeld(given, context));
}
