import { ConfigError } from "@dylora/errors";
import { parameterCounts } from "@dylora/lora-core";
import { formatCount } from "@dylora/report";
import { checkpointProgress, type TrainEvent } from "@dylora/trainer";
import { freshAdapter } from "../adapters/fresh-adapter.ts";
import { contextOf, type WorkContext, type WorkOptions } from "../context.ts";
import { type BaseModel, closingOnFailure } from "../models/base-model.ts";
import { leaseBackend } from "../models/lease-backend.ts";
import { collectLog } from "../runs/collect-log.ts";
import { readEventLog } from "../runs/event-log.ts";
import { checkNewRun, holdFolder } from "../runs/prepare-run-folder.ts";
import type { TrainedRun } from "../runs/run.ts";
import { runCheckpoints } from "../runs/run-checkpoints.ts";
import { runPaths } from "../runs/run-paths.ts";
import { type RunEnd, type RunRecord, readRunRecord } from "../runs/run-record.ts";
import type { TrainingSettings } from "../settings/training-settings.ts";
import type { OpenTask } from "../tasks/task.ts";
import { withAbsolutePaths } from "./absolute-paths.ts";
import { type PreparedTraining, prepareTraining } from "./prepare-training.ts";
import { recordOf } from "./record-of.ts";
import { describeChanges, resumedSettings } from "./resumed-settings.ts";
import { loadForTask, scheduleFor, type TrainingOutcome, trainAdapter } from "./train-adapter.ts";
import { beginRun, cpuOf, type FolderRun, type ResumePoint, trainInFolder } from "./train-in-folder.ts";

/** A training run to make, or to go on with. */
export interface TrainRequest {
  /** The settings. */
  readonly settings: TrainingSettings;
  /** Names of the settings that were given, whatever their value: those that change where a run goes on. */
  readonly given?: ReadonlySet<string>;
  /** The run folder; undefined keeps the run in memory. */
  readonly out?: string | undefined;
  /** Replace an earlier run in the folder. */
  readonly overwrite?: boolean;
  /** Go on with the run in the folder. */
  readonly resume?: boolean;
  /** The base model, where it is open already; it is not closed then. */
  readonly base?: BaseModel;
  /** The task, where it is open already. */
  readonly task?: OpenTask;
  /** Called before the first step, once everything is checked and the folder is that of this run. */
  readonly onBegin?: (() => void) | undefined;
  /** Told of every event. */
  readonly onEvent?: ((event: TrainEvent) => void) | undefined;
}

/** A run that was trained, or that had been done before. */
export interface FinishedRun extends TrainedRun {
  /** What was read and checked. */
  readonly prepared: PreparedTraining;
  /** How training went. */
  readonly outcome: TrainingOutcome;
  /** Steps that had been taken before; undefined for a new run. */
  readonly resumedFrom: number | undefined;
  /** Name of the rank distribution. */
  readonly distribution: string;
  /** Trainable parameters at the highest rank. */
  readonly parameters: number;
  /** Frees the model, gives back the backend, closes the files where they were opened here, and lets others write to the folder. */
  close(): Promise<void>;
}

function describe({ settings, prepared, adapted, backend }: Omit<FolderRun, "dir">): string {
  const { task, base, training, steps, sampler } = prepared;
  const trainable = formatCount(parameterCounts(adapted.adapter).total);
  return (
    `${task.name}: ${formatCount(training.size)} examples, ${formatCount(steps)} steps; ${base.name}, ` +
    `${trainable} trainable parameters, ranks ${sampler.distribution.name} of ${settings.rank}; backend ${backend.id}: ${backend.detail}`
  );
}

/** What of a run in a folder goes on. */
interface Resumed {
  readonly settings: TrainingSettings;
  readonly record: RunRecord;
  readonly point: ResumePoint;
}

/** Reads the run that goes on, and what is to change in it. */
async function resumedRun(
  dir: string,
  settings: TrainingSettings,
  given: ReadonlySet<string>,
  context: WorkContext,
): Promise<Resumed> {
  const record = await readRunRecord(dir);
  const checkpoint = await runCheckpoints(dir, record).latest();
  for (const warning of checkpoint?.warnings ?? []) context.note(warning);
  const progress = checkpoint === undefined ? { step: 0, evaluated: 0 } : checkpointProgress(checkpoint);
  const { ended } = record;
  const before = ended?.step === progress.step ? ended.cpuSeconds : undefined;
  const point: ResumePoint = { ...progress, cpuSeconds: progress.step === 0 ? 0 : before };
  const { settings: resumed, changed } = resumedSettings(dir, record, settings, given);
  if (resumed.steps !== undefined && resumed.steps < point.step) {
    throw new ConfigError(
      "resume_differs",
      `'steps' is ${resumed.steps}, and ${dir} has taken ${point.step} steps already; give at least as many`,
    );
  }
  // Where an older checkpoint is gone on from, what was changed after it holds from it on.
  const changedBefore = (record.changes ?? []).map((change) => ({
    ...change,
    step: Math.min(change.step, point.step),
  }));
  const now = { step: point.step, time: new Date().toISOString(), command: context.command, settings: changed };
  const changes = Object.keys(changed).length === 0 ? changedBefore : [...changedBefore, now];
  return { settings: resumed, record: { ...record, settings: resumed, changes }, point };
}

/** Says what a run that goes on does otherwise from now on. */
function sayChanges(
  run: FolderRun,
  old: RunRecord,
  changed: Parameters<typeof describeChanges>[0],
  context: WorkContext,
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

/** How a run ended, for its record. */
const endOf = (outcome: TrainingOutcome, from: ResumePoint | undefined): RunEnd => {
  const { step, reason, best, warning } = outcome;
  return { step, reason, best, warning, ...cpuOf(outcome, from) };
};

/** Trains in the folder, which is held. */
async function trainHeld(
  run: Omit<FolderRun, "dir">,
  dir: string,
  resumed: Resumed | undefined,
  { old, onBegin }: Pick<TrainRequest, "onBegin"> & { readonly old: RunRecord | undefined },
  context: WorkContext,
): Promise<Pick<FinishedRun, "dir" | "record" | "log" | "outcome">> {
  const inFolder: FolderRun = { ...run, dir };
  const { changes = [] } = run;
  if (old !== undefined) {
    const changed = changes.length > (old.changes?.length ?? 0) ? (changes.at(-1)?.settings ?? {}) : {};
    sayChanges(inFolder, old, changed, context);
  }
  const begun = await beginRun(inFolder, resumed?.record, context);
  onBegin?.();
  const outcome = await trainInFolder(inFolder, begun, context);
  const record = { ...begun, ended: endOf(outcome, run.from) };
  return { dir, record, log: readEventLog(runPaths(dir).events), outcome };
}

/** Trains in memory alone. */
async function trainInMemory(
  { settings, prepared, adapted, backend, onEvent }: Omit<FolderRun, "dir">,
  context: WorkContext,
): Promise<Pick<FinishedRun, "dir" | "record" | "log" | "outcome">> {
  const begun = recordOf({ settings, prepared, backend }, context);
  const collected = collectLog();
  const outcome = await trainAdapter(
    {
      adapted,
      prepared,
      settings,
      title: "train",
      onEvent(event) {
        collected.add(event);
        onEvent?.(event);
      },
    },
    context,
  );
  if (outcome.reason === "aborted") context.signal.throwIfAborted();
  const record = { ...begun, ended: endOf(outcome, undefined) };
  return { dir: undefined, record, log: collected.log(), outcome };
}

async function train(request: TrainRequest, context: WorkContext): Promise<FinishedRun> {
  const { out: dir, overwrite = false, resume = false, given = new Set(), onBegin, onEvent } = request;
  const fresh = withAbsolutePaths(request.settings);
  if (dir !== undefined && !resume) await checkNewRun(dir, overwrite, fresh);
  const old = dir !== undefined && resume ? await readRunRecord(dir) : undefined;
  const resumed = dir !== undefined && resume ? await resumedRun(dir, fresh, given, context) : undefined;
  const settings = resumed?.settings ?? fresh;
  const changes = resumed?.record.changes ?? [];
  const prepared = await prepareTraining(settings, context, { changes, base: request.base, task: request.task });
  const { base, task, evaluation, sampler } = prepared;
  const closable = request.base === undefined ? base : undefined;

  const lease = await closingOnFailure(closable, () => leaseBackend(settings.backend));
  const { backend } = lease;
  let free: (() => void) | undefined;
  const close = async (): Promise<void> => {
    free?.();
    free = undefined;
    lease.release();
    await closable?.folder.weights.close();
  };
  try {
    const model = await loadForTask(prepared, { seed: settings.seed, note: context.note, resume });
    free = () => model.dispose();
    const adapted = freshAdapter(model, settings);
    const run = { settings, prepared, adapted, backend, changes, from: resumed?.point, onEvent };
    context.note(describe(run));
    if (dir === undefined) onBegin?.();
    const trained =
      dir === undefined
        ? await trainInMemory(run, context)
        : await trainHeld(run, dir, resumed, { old, onBegin }, context);
    return {
      ...trained,
      base,
      task,
      evaluation,
      adapted,
      backend,
      prepared,
      resumedFrom: resumed?.point.step,
      distribution: sampler.distribution.name,
      parameters: parameterCounts(adapted.adapter).total,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Trains an adapter, into a run folder or in memory, or goes on with the run in a folder. Until the run is closed,
 * nothing else can write to its folder.
 *
 * @returns the run; the caller closes it
 * @throws ConfigError, FormatError or ResourceError for what is wrong, before any work; InterruptedError when the signal
 * stopped it and a checkpoint was written, the signal's reason when there is no folder to write it to
 *
 * @experimental
 */
export async function trainRun(request: TrainRequest, options: WorkOptions = {}): Promise<FinishedRun> {
  const context = contextOf(options);
  const { out, overwrite, resume } = request;
  if (resume && overwrite) throw new ConfigError("bad_option", "give 'resume' or 'overwrite', not both");
  if (resume && out === undefined)
    throw new ConfigError("option_missing", "'out' is missing: the folder of the run that is to go on");
  if (out === undefined && request.settings.reportTo.length > 0) {
    throw new ConfigError(
      "option_missing",
      "'out' is missing: 'reportTo' writes into the run folder; or pass a reporter's add as 'onEvent'",
    );
  }
  const lock = out === undefined ? undefined : await holdFolder(out, context);
  try {
    const run = await train(request, context);
    return { ...run, close: () => run.close().finally(() => lock?.release()) };
  } catch (error) {
    await lock?.release();
    throw error;
  }
}
