import { DyloraError } from "@dylora/errors";
import type { AdaptedModel } from "@dylora/lora-core";
import type { Backend } from "@dylora/tensor";
import { lossCourse } from "@dylora/trainer";
import { describeBase } from "../base-model.ts";
import type { CommandContext } from "../context.ts";
import { InterruptedError } from "../failure.ts";
import type { TrainingSettings } from "../options/training-options.ts";
import { openEventLog, readEventLog, rewindEventLog } from "../run/event-log.ts";
import { clearingOf } from "../run/prepare-run-folder.ts";
import { resumeCommand } from "../run/resume-command.ts";
import { type RunCheckpoints, runCheckpoints } from "../run/run-checkpoints.ts";
import { runPaths } from "../run/run-paths.ts";
import { type RunChange, type RunRecord, writeRunRecord } from "../run/run-record.ts";
import { versions } from "../versions.ts";
import { courseWarning } from "./course-warning.ts";
import { dataPlace } from "./data-place.ts";
import type { PreparedTraining } from "./prepare-training.ts";
import { type TrainingOutcome, trainAdapter } from "./train-adapter.ts";

/** How far the checkpoint is that a run goes on from. */
export interface ResumePoint {
  /** Steps taken. */
  readonly step: number;
  /** Step of the last evaluation that was finished. */
  readonly evaluated: number;
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
  /** What was changed when the run went on; default nothing. */
  readonly changes?: readonly RunChange[];
  /** Where to go on with what is in the folder; undefined for a new run. */
  readonly from?: ResumePoint | undefined;
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

/** Puts the event log back to the checkpoint, and says what it lacks. */
async function rewind(dir: string, point: ResumePoint, { note }: CommandContext): Promise<void> {
  const { damaged, missing } = await rewindEventLog(runPaths(dir).events, point);
  if (damaged > 0) note(`events.jsonl: ${damaged} damaged ${damaged === 1 ? "line" : "lines"} left out`);
  if (missing > 0) note(`events.jsonl tells nothing of ${missing} of the first ${point.step} steps`);
}

/**
 * Makes a folder that of a run: a new one, or the one that goes on. What an earlier run left is removed only when
 * nothing can go wrong any more but the disk; a crash on the way leaves the earlier run or the new one: the new record
 * takes the old one's place at once, and says that what else lies there does not count yet.
 *
 * @param resumed the record of the run that goes on, as it is to be
 */
export async function beginRun(
  run: FolderRun,
  resumed: RunRecord | undefined,
  context: CommandContext,
): Promise<RunRecord> {
  const { dir, from, prepared } = run;
  const clearing = await clearingOf(dir, [runPaths(dir).record]);
  const { ended: _, replacing = true, ...record } = resumed ?? recordOf(run, context.command);
  if (resumed === undefined) await clearing.derived();
  if (resumed === undefined || resumed.replacing === true) {
    await writeRunRecord(dir, { ...record, replacing });
    await clearing.core();
  }
  const begun = { ...record, steps: prepared.steps };
  await writeRunRecord(dir, begun);
  if (from !== undefined) await rewind(dir, from, context);
  return begun;
}

/** What to do after an error, and what is not lost. */
function sayFailure(error: unknown, run: FolderRun, { newest }: RunCheckpoints, { note }: CommandContext): void {
  const { dir, settings, prepared } = run;
  const saved =
    newest === undefined || newest === 0 ? "no step is saved" : `saved: the first ${newest} of ${prepared.steps} steps`;
  // Where the first step fails, no learning rate has been at work.
  const broken = DyloraError.isInstance(error) && error.code === "loss_not_finite" && Number(error.details["step"]) > 1;
  const lower = Number((settings.lr / 4).toPrecision(2));
  const how = broken
    ? `Go on with a lower learning rate: ${resumeCommand(dir, "--lr", String(lower))}`
    : `Go on with: ${resumeCommand(dir)}`;
  note(`${saved}. ${how}`);
}

/**
 * Trains into a folder that {@link beginRun} has made ready: events, checkpoints, and in the end how it went.
 *
 * @throws InterruptedError when the person stopped it; a checkpoint is written then, as after any error
 */
export async function trainInFolder(
  run: FolderRun,
  record: RunRecord,
  context: CommandContext,
): Promise<TrainingOutcome> {
  const { dir, settings, prepared, adapted, changes = [], from } = run;
  const paths = runPaths(dir);
  const checkpoints = runCheckpoints(dir, record);
  const log = openEventLog(paths.events);
  const end = async (step: number, reason: NonNullable<RunRecord["ended"]>["reason"], warning?: string) =>
    writeRunRecord(dir, { ...record, ended: { step, reason, ...(warning === undefined ? {} : { warning }) } });
  let outcome: TrainingOutcome;
  try {
    outcome = await trainAdapter(
      {
        adapted,
        prepared,
        settings,
        title: "train",
        checkpoints,
        resume: from !== undefined,
        place: dataPlace(settings, changes, prepared.training.size),
        onEvent: log.add,
      },
      context,
    );
  } catch (error) {
    sayFailure(error, run, checkpoints, context);
    const message = DyloraError.isInstance(error) ? error.message : "an unexpected error";
    await end(checkpoints.newest ?? 0, "failed", message).catch(() => {});
    throw error;
  } finally {
    log.close();
  }
  const { step, reason } = outcome;
  const warning = courseWarning(lossCourse(readEventLog(paths.events).steps.map(({ loss }) => loss)), prepared.task);
  await end(step, reason, reason === "aborted" ? undefined : warning);
  if (reason === "aborted") {
    throw new InterruptedError(
      `interrupted after ${step} of ${prepared.steps} steps; saved. Resume with: ${resumeCommand(dir)}`,
    );
  }
  if (warning !== undefined) context.note(`warning: ${warning}`);
  return { ...outcome, ...(warning === undefined ? {} : { warning }) };
}
