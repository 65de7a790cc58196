import { DyloraError, InterruptedError } from "@dylora/errors";
import type { AdaptedModel } from "@dylora/lora-core";
import { formatCounted } from "@dylora/report";
import type { Backend } from "@dylora/tensor";
import { lossCourse, type TrainEvent } from "@dylora/trainer";
import type { WorkContext } from "../context.ts";
import { runReporters } from "../reporting/run-reporters.ts";
import { openEventLog, readEventLog, rewindEventLog } from "../runs/event-log.ts";
import { clearingOf } from "../runs/prepare-run-folder.ts";
import { type RunCheckpoints, runBest, runCheckpoints } from "../runs/run-checkpoints.ts";
import { runPaths } from "../runs/run-paths.ts";
import { type RunChange, type RunEnd, type RunRecord, writeRunRecord } from "../runs/run-record.ts";
import type { TrainingSettings } from "../settings/training-settings.ts";
import { courseWarning } from "./course-warning.ts";
import { dataPlace } from "./data-place.ts";
import type { PreparedTraining } from "./prepare-training.ts";
import { recordOf } from "./record-of.ts";
import { type TrainingOutcome, trainAdapter } from "./train-adapter.ts";

/** How far the checkpoint is that a run goes on from. */
export interface ResumePoint {
  /** Steps taken. */
  readonly step: number;
  /** Step of the last evaluation that was finished. */
  readonly evaluated: number;
  /** CPU seconds of the steps before; undefined where they are not known, as after a crash. */
  readonly cpuSeconds?: number | undefined;
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
  /** The backend. */
  readonly backend: Backend;
  /** What was changed when the run went on; default nothing. */
  readonly changes?: readonly RunChange[];
  /** Where to go on with what is in the folder; undefined for a new run. */
  readonly from?: ResumePoint | undefined;
  /** Told of every event, once it is in the log. */
  readonly onEvent?: ((event: TrainEvent) => void) | undefined;
}

/** Puts the event log back to the checkpoint, and says what it lacks. */
async function rewind(dir: string, point: ResumePoint, { note }: WorkContext): Promise<void> {
  const { damaged, missing } = await rewindEventLog(runPaths(dir).events, point);
  if (damaged > 0) note(`events.jsonl: ${formatCounted(damaged, "damaged line")} left out`);
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
  context: WorkContext,
): Promise<RunRecord> {
  const { dir, from, prepared } = run;
  const clearing = await clearingOf(dir, [runPaths(dir).record]);
  const { ended: _, replacing = true, ...record } = resumed ?? recordOf(run, context);
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

/** CPU seconds of the whole run, where those of all its parts are known. */
export function cpuOf({ cpuSeconds }: TrainingOutcome, from: ResumePoint | undefined): Pick<RunEnd, "cpuSeconds"> {
  const before = from === undefined ? 0 : from.cpuSeconds;
  return cpuSeconds === undefined || before === undefined ? {} : { cpuSeconds: before + cpuSeconds };
}

/** What of a run that failed is not lost. */
function sayKept({ prepared }: FolderRun, { newest }: RunCheckpoints, { note }: WorkContext): void {
  note(
    newest === undefined || newest === 0 ? "no step is saved" : `saved: the first ${newest} of ${prepared.steps} steps`,
  );
}

/**
 * Trains into a folder that {@link beginRun} has made ready: events, checkpoints, and in the end how it went.
 *
 * @throws InterruptedError when the person stopped it; a checkpoint is written then, as after any error
 */
export async function trainInFolder(run: FolderRun, record: RunRecord, context: WorkContext): Promise<TrainingOutcome> {
  const { dir, settings, prepared, adapted, changes = [], from } = run;
  const paths = runPaths(dir);
  const checkpoints = runCheckpoints(dir, record);
  const reporters = await runReporters(dir, record, prepared.evaluation.metric.name);
  const log = openEventLog(paths.events);
  const end = async (step: number, reason: RunEnd["reason"], more: Omit<RunEnd, "step" | "reason">) =>
    writeRunRecord(dir, { ...record, ended: { step, reason, ...more } });
  let outcome: TrainingOutcome;
  try {
    outcome = await trainAdapter(
      {
        adapted,
        prepared,
        settings,
        title: "train",
        checkpoints,
        bestStore: runBest(dir, record),
        resume: from !== undefined,
        place: dataPlace(settings, changes, prepared.training.size),
        onEvent(event) {
          const time = new Date();
          log.add(event, time);
          reporters.add(event, time);
          run.onEvent?.(event);
        },
      },
      context,
    );
  } catch (error) {
    sayKept(run, checkpoints, context);
    const known = DyloraError.isInstance(error)
      ? { error: error.code, warning: error.message }
      : { warning: "an unexpected error" };
    await end(checkpoints.newest ?? 0, "failed", known).catch(() => {});
    throw error;
  } finally {
    log.close();
    reporters.close();
  }
  const { step, reason, best } = outcome;
  const warning = courseWarning(lossCourse(readEventLog(paths.events).steps.map(({ loss }) => loss)), prepared.task);
  await end(step, reason, {
    ...cpuOf(outcome, from),
    ...(best === undefined ? {} : { best }),
    ...(warning === undefined || reason === "aborted" ? {} : { warning }),
  });
  if (reason === "aborted") {
    throw new InterruptedError(`interrupted after ${step} of ${prepared.steps} steps; saved`);
  }
  if (warning !== undefined) context.note(`warning: ${warning}`);
  return { ...outcome, ...(warning === undefined ? {} : { warning }) };
}
