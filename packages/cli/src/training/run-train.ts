import { ConfigError } from "@dylora/errors";
import { fileCheckpointStore } from "@dylora/io/node";
import { type AdaptedModel, parameterCounts } from "@dylora/lora-core";
import type { Backend } from "@dylora/tensor";
import { closingOnFailure, describeBase } from "../base-model.ts";
import type { CommandContext } from "../context.ts";
import { startEngine } from "../engine.ts";
import { InterruptedError } from "../failure.ts";
import { withAbsolutePaths } from "../options/absolute-paths.ts";
import { requireOptions } from "../options/read-settings.ts";
import { type TrainingSettings, trainingSettingsIn } from "../options/training-options.ts";
import { formatCount, formatDuration } from "../report/format-number.ts";
import { openEventLog } from "../run/event-log.ts";
import { checkRunFolder, clearRunFolder } from "../run/prepare-run-folder.ts";
import { runPaths } from "../run/run-paths.ts";
import { type RunRecord, readRunRecord, writeRunRecord } from "../run/run-record.ts";
import { versions } from "../versions.ts";
import { type PreparedTraining, prepareTraining } from "./prepare-training.ts";
import { resumedSettings } from "./resumed-settings.ts";
import { freshAdapter, loadForTask, type TrainingOutcome, trainAdapter } from "./train-adapter.ts";

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

/** A training run in its folder, on a model that is loaded. */
export interface FolderRun {
  /** The run folder. */
  readonly dir: string;
  /** The settings. */
  readonly settings: TrainingSettings;
  /** What was read and checked. */
  readonly prepared: PreparedTraining;
  /** The model with the adapter to train. */
  readonly adapted: AdaptedModel;
  /** The engine. */
  readonly engine: Backend;
  /** Go on with what is in the folder. */
  readonly resume: boolean;
}

function recordOf({ settings, prepared, engine }: FolderRun, command: readonly string[]): RunRecord {
  const { task, base, training, steps, maxLength, tokenizer } = prepared;
  const { promptForm } = task;
  return {
    format: "dylora-run",
    version: 1,
    created: new Date().toISOString(),
    command,
    settings,
    steps,
    task: {
      name: task.name,
      kind: task.kind,
      labels: task.labels,
      trainingExamples: training.size,
      ...(promptForm === undefined ? {} : { promptForm }),
    },
    base: { ...describeBase(base), maxLength, tokenizer },
    engine: { id: engine.id, detail: engine.detail },
    versions: versions(),
  };
}

/**
 * Trains into a folder: record, events, checkpoints.
 *
 * @throws InterruptedError when the person stopped it; a checkpoint is written then
 */
export async function trainInFolder(run: FolderRun, context: CommandContext): Promise<TrainingOutcome> {
  const { dir, settings, prepared, adapted, resume } = run;
  const paths = runPaths(dir);
  if (!resume) {
    await clearRunFolder(dir);
    await writeRunRecord(dir, recordOf(run, context.command));
  }
  const log = openEventLog(paths.events);
  try {
    const outcome = await trainAdapter(
      {
        adapted,
        prepared,
        settings,
        title: "train",
        checkpoints: fileCheckpointStore(paths.checkpoint),
        resume,
        onEvent: log.add,
      },
      context,
    );
    if (outcome.reason !== "aborted") return outcome;
    throw new InterruptedError(
      `interrupted after ${outcome.step} of ${prepared.steps} steps; saved. Resume with: dylora train --resume --out ${dir}`,
    );
  } finally {
    log.close();
  }
}

function describe({ settings, prepared, adapted, engine }: FolderRun): string {
  const { task, base, training, steps, sampler } = prepared;
  const trainable = formatCount(parameterCounts(adapted.adapter).total);
  return (
    `${task.name}: ${formatCount(training.size)} examples, ${formatCount(steps)} steps; ${base.name}, ` +
    `${trainable} trainable parameters, ranks ${sampler.distribution.name} of ${settings.rank}; engine ${engine.id}: ${engine.detail}`
  );
}

/** `dylora train`: trains into a run folder, or goes on with the run in it. */
export async function runTrain(given: TrainSettings, context: CommandContext): Promise<TrainResult> {
  requireOptions(given, "out");
  const { out: dir, overwrite, resume } = given;
  const fresh = withAbsolutePaths(trainingSettingsIn(given));
  if (resume && overwrite) throw new ConfigError("bad_option", "give --resume or --overwrite, not both");
  if (!resume) await checkRunFolder(dir, overwrite);
  const settings = resume ? resumedSettings(dir, await readRunRecord(dir), fresh, context.given) : fresh;
  const prepared = await prepareTraining(settings, context);

  const engine = await closingOnFailure(prepared.base, () => startEngine(settings.backend));
  try {
    const model = await loadForTask(prepared, settings.seed);
    const adapted = freshAdapter(model, settings);
    const run: FolderRun = { dir, settings, prepared, adapted, engine, resume };
    context.note(describe(run));
    const outcome = await trainInFolder(run, context);
    const last = outcome.reason === "early-stopping" ? "stopped early" : "done";
    context.say(`${last} after ${outcome.step} steps, ${formatDuration(outcome.seconds)}; next: dylora sweep ${dir}`);
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
