import { ConfigError, InterruptedError, ResourceError, showValue } from "@dylora/errors";
import { formatCounted, type SweepFile } from "@dylora/report";
import { lossCourse } from "@dylora/trainer";
import { loadAdapted } from "../adapters/load-adapted.ts";
import { openRunSource, type RunSource } from "../adapters/run-source.ts";
import { contextOf, type WorkOptions } from "../context.ts";
import { checkDecodingSettings } from "../decoding/generation.ts";
import { checkMemory, closingOnFailure, openBaseModel } from "../models/base-model.ts";
import { openTokenizerFor } from "../models/model-tokenizer.ts";
import { readEventLog } from "../runs/event-log.ts";
import type { TrainedRun } from "../runs/run.ts";
import { runPaths } from "../runs/run-paths.ts";
import { type RunRecord, readRunRecord } from "../runs/run-record.ts";
import { type DecodingSettings, decodingSettingsIn, type LeftOpen } from "../settings/decoding-settings.ts";
import { samplerFor } from "../settings/distribution.ts";
import { requireOptions } from "../settings/read-settings.ts";
import type { SweepSettings } from "../settings/sweep-settings.ts";
import type { BackendSettings } from "../settings/training-settings.ts";
import type { EvaluationSet } from "../tasks/task.ts";
import { courseWarning } from "../training/course-warning.ts";
import { openTaskFor } from "../training/prepare-training.ts";
import { answerReview } from "./answer-review.ts";
import { cutText } from "./cut-text.ts";
import { evaluateAll } from "./evaluate-all.ts";
import type { EvaluatedRank } from "./evaluate-rank.ts";
import { type MeasuredStore, measuredStore } from "./measured-store.ts";
import { recommend } from "./recommend.ts";
import { curveOf, pointOf } from "./sweep-curve.ts";
import { sweepDocument, trainingLog, trainingSeconds } from "./sweep-document.ts";
import { checkReport, type ReportFiles, writeReport } from "./write-report.ts";

/** Every rank up to the highest. */
export const everyRank = (highest: number): number[] => Array.from({ length: highest }, (_, index) => index + 1);

/** What a curve of one run is: DyLoRA, or a plain LoRA that the lower ranks are cut from. */
async function curveIdentity({ settings }: RunRecord): Promise<{ name: string; kind: string }> {
  const { distribution } = await samplerFor(settings);
  const plain = distribution.ranks.length === 1 && settings.updateMode !== "matryoshka";
  if (plain) return { name: `LoRA rank ${distribution.ranks[0]}, cut to each rank`, kind: "cut-lora" };
  return { name: "DyLoRA", kind: "dylora" };
}

/** Characters of a text in a report. */
const LONGEST_SAMPLE = 600;

/** What the model wrote at each rank, side by side. */
function samplesOf(
  { shown: examples }: EvaluationSet,
  evaluated: readonly EvaluatedRank[],
): Pick<SweepFile, "samples"> {
  if (examples.length === 0) return {};
  const shown = (text: string) => cutText(text, LONGEST_SAMPLE);
  const samples = examples.map(({ index, input, references }) => ({
    input: shown(input),
    references: references.map(shown),
    outputs: evaluated.map(({ rank, texts }) => ({ rank, text: shown(texts[index] ?? "") })),
  }));
  return { samples };
}

/** A sweep takes long; its results must not land in a run that has taken this one's place meanwhile. */
async function checkSameRun({ dir, record: { created } }: TrainedRun): Promise<void> {
  if (dir === undefined) return;
  const { created: present } = await readRunRecord(dir);
  if (present === created) return;
  throw new ResourceError(
    "run_replaced",
    `${dir} was replaced by another run while it was swept; nothing is written: sweep it again`,
  );
}

/**
 * Where the report of a swept run lies.
 *
 * @experimental
 */
export function sweepReportFiles(dir: string): ReportFiles {
  const { sweep: data, sweepPicture: picture, report: page } = runPaths(dir);
  return { data, picture, page };
}

/** What {@link sweepRun} takes besides the run. */
export interface RunSweep {
  /** What is measured, and how it is decided. */
  readonly settings: SweepSettings;
  /** Where ranks that are done are kept, until all are; default nowhere. */
  readonly store?: MeasuredStore;
}

/**
 * Evaluates a run at each rank, and recommends one. Writes nothing but the ranks that are done, where there is a store.
 *
 * @throws ResourceError `run_replaced` where the folder holds another run by the end
 *
 * @experimental
 */
export async function sweepRun(
  run: TrainedRun,
  { settings, store }: RunSweep,
  options: WorkOptions = {},
): Promise<SweepFile> {
  const context = contextOf(options);
  const { dir, record, log, task, evaluation, adapted, backend } = run;
  const { confidence, resamples, epsilon } = settings;
  const ranks = settings.ranks ?? everyRank(adapted.adapter.maxRank);
  const keeping = store === undefined ? {} : { store };
  const evaluated = await evaluateAll({ adapted, evaluation, ranks, title: "sweep", ...keeping }, context);
  const bootstrap = { confidence, resamples };
  const points = evaluated.map((rank) => pointOf(rank, evaluation, bootstrap));
  const training = trainingLog(log);
  const warning = courseWarning(lossCourse(log.steps.map(({ loss }) => loss)), task);
  const { damaged } = log;
  if (damaged > 0 && dir !== undefined)
    context.note(`${runPaths(dir).events}: ${formatCounted(damaged, "damaged line")} left out`);
  const spent = {
    trainSeconds: trainingSeconds(log),
    trainSteps: log.steps.at(-1)?.step,
    trainCpuSeconds: record.ended?.cpuSeconds,
  };
  const curve = curveOf({ ...(await curveIdentity(record)), ...spent }, points);
  const recommendation = recommend(evaluated, evaluation, epsilon, bootstrap);
  const sweep: SweepFile = {
    ...sweepDocument({
      origin: context,
      run: dir,
      task,
      evaluation,
      trainingExamples: record.task.trainingExamples,
      settings: record.settings,
      steps: record.steps,
      base: record.base,
      backend,
      confidence,
    }),
    curves: [curve],
    recommendation,
    ...answerReview(evaluation, evaluated, recommendation?.rank ?? ranks.at(-1) ?? adapted.adapter.maxRank),
    training,
    ...(warning === undefined ? {} : { warnings: [warning] }),
    ...samplesOf(evaluation, evaluated),
  };
  await checkSameRun(run);
  return sweep;
}

/** Everything that decides what a sweep measures at a rank. */
function measuredOf({ step, record }: RunSource, evaluation: EvaluationSet, choice: object): object {
  const { split, size, metric } = evaluation;
  const { created, changes = [], base } = record;
  return { created, step, changes: changes.length, base: base.name, split, size, metric: metric.name, ...choice };
}

/** A run that was opened from its folder to be swept. */
export interface OpenedRun {
  /** The run, its model loaded. */
  readonly run: TrainedRun;
  /** Where ranks that are done are kept. */
  readonly store: MeasuredStore;
  /** Frees the model, gives back the backend and closes the files. */
  close(): Promise<void>;
}

/** How a run in a folder is opened and measured. */
export type RunMeasuring = SweepSettings &
  BackendSettings &
  LeftOpen<DecodingSettings> & {
    /** A package or script that describes the base model's family. Default: the package that the run was trained with. */
    readonly model?: string | undefined;
  };

/**
 * Opens the run in a folder, with the task and the examples that it is measured on.
 *
 * @throws ConfigError, FormatError or ResourceError for what is wrong, before the weights are loaded
 *
 * @experimental
 */
export async function openRunFolder(
  dir: string,
  settings: RunMeasuring,
  options: WorkOptions = {},
): Promise<OpenedRun> {
  const context = contextOf(options);
  const source = await openRunSource(dir, context.note);
  await checkReport(sweepReportFiles(dir));
  const { record } = source;
  const above = settings.ranks?.find((rank) => rank > source.maxRank);
  if (above !== undefined) {
    throw new ConfigError(
      "rank_out_of_range",
      `'ranks' has rank ${above}; ${dir} was trained up to rank ${source.maxRank}`,
    );
  }
  const log = readEventLog(runPaths(dir).events);
  if (source.step < record.steps && log.reason !== "early-stopping") {
    context.note(`${dir} was trained for ${source.step} of ${record.steps} steps so far; the sweep shows it as it is`);
  }
  const { settings: trained } = record;
  requireOptions(trained, "base", "task");
  const origin = { said: `${dir} was trained on ${showValue(trained.base)}`, cure: "put it back there" };
  const base = await openBaseModel(trained.base, context, {
    origin,
    model: settings.model,
    recordedModel: trained.model,
  });
  const { task, evaluation, store } = await closingOnFailure(base, async () => {
    checkMemory(base, context);
    const task = await openTaskFor(base, trained, context);
    const generation = decodingSettingsIn(settings);
    checkDecodingSettings(generation);
    const tools = {
      base,
      tokenizer: await openTokenizerFor(source, base, context.note),
      maxLength: record.base.maxLength,
    };
    const { limit, evalBatchSize: batchSize } = settings;
    const split = settings.split ?? task.evaluationSplit;
    const evaluation = await task.evaluation(split, tools, { batchSize, limit, generation });
    const choice = task.kind === "generation" ? { generation } : {};
    return { task, evaluation, store: measuredStore(runPaths(dir).measured, measuredOf(source, evaluation, choice)) };
  });
  const { backend } = settings;
  const loaded = await loadAdapted(source, base, { backend, outputs: source.outputs, note: context.note });
  const { adapted } = loaded;
  return {
    run: { dir, record, log, base, task, evaluation, adapted, backend: loaded.backend },
    store,
    close: loaded.close,
  };
}

/**
 * Sweeps the run in a folder, and writes data, picture and page into it. Ranks that are done are kept until all are, so that the same call goes on after a stop.
 *
 * @throws InterruptedError when the signal stopped it, saying which ranks are kept; and as {@link openRunFolder}
 *
 * @experimental
 */
export async function sweepRunFolder(
  dir: string,
  settings: RunMeasuring,
  options: WorkOptions = {},
): Promise<SweepFile> {
  const { run, store, close } = await openRunFolder(dir, settings, options);
  try {
    const sweep = await sweepRun(run, { settings, store }, options);
    const written = await writeReport(sweepReportFiles(dir), sweep);
    await store.clear();
    return written;
  } catch (error) {
    if (options.signal?.aborted !== true || error !== options.signal.reason) throw error;
    const { ranks } = store;
    throw new InterruptedError(
      `interrupted; ${ranks.length === 0 ? "no rank was done yet" : `ranks ${ranks.join(", ")} are done and kept`}`,
    );
  } finally {
    await close();
  }
}
