import { ConfigError, ResourceError, showValue } from "@dylora/errors";
import type { AdaptedModel } from "@dylora/lora-core";
import type { SweepFile } from "@dylora/report";
import { shellQuote } from "@dylora/report";
import type { Backend } from "@dylora/tensor";
import { lossCourse } from "@dylora/trainer";
import { loadAdapted } from "../adapters/load-adapted.ts";
import { openRunSource, type RunSource } from "../adapters/run-source.ts";
import { checkMemory, closingOnFailure, openBaseModel } from "../base-model.ts";
import type { CommandContext } from "../context.ts";
import { InterruptedError } from "../failure.ts";
import { checkGenerationChoice } from "../generate/generation.ts";
import { openTokenizerFor } from "../model-tokenizer.ts";
import { samplerFor } from "../options/distribution.ts";
import { type GenerationChoice, generationChoiceIn } from "../options/generation-options.ts";
import type { SettingsOf } from "../options/option.ts";
import { requireOptions } from "../options/read-settings.ts";
import type { engineOptions, sweepOptions } from "../options/shared-options.ts";
import { readEventLog } from "../run/event-log.ts";
import { runPaths } from "../run/run-paths.ts";
import { type RunRecord, readRunRecord } from "../run/run-record.ts";
import type { EvaluationSet, OpenTask } from "../tasks/task.ts";
import { courseWarning } from "../training/course-warning.ts";
import { openTaskFor } from "../training/prepare-training.ts";
import type { EvaluatedRank } from "./evaluate-rank.ts";
import { type MeasuredStore, measuredStore } from "./measured-store.ts";
import { recommend } from "./recommend.ts";
import { saySweep } from "./say-sweep.ts";
import { curveOf, evaluateAll, pointOf } from "./sweep-curve.ts";
import { sweepDocument, trainingLog, trainingSeconds } from "./sweep-document.ts";
import { checkReport, type ReportFiles, writeReport } from "./write-report.ts";

/** What a sweep measures, and how it decides. */
export type SweepSettings = SettingsOf<typeof sweepOptions>;

/** A trained run whose model is loaded. */
export interface TrainedRun {
  /** The run folder, as the person named it. */
  readonly dir: string;
  /** What was run. */
  readonly record: RunRecord;
  /** The task. */
  readonly task: OpenTask;
  /** What to measure on. */
  readonly evaluation: EvaluationSet;
  /** The trained model. */
  readonly adapted: AdaptedModel;
  /** The engine. */
  readonly engine: Backend;
  /** Where ranks that are done are kept, until all are; default nowhere. */
  readonly store?: MeasuredStore;
}

/** Every rank up to the highest. */
export const everyRank = (highest: number): number[] => Array.from({ length: highest }, (_, index) => index + 1);

/** What a curve of one run is: DyLoRA, or a plain LoRA that the lower ranks are cut from. */
async function curveIdentity({ settings }: RunRecord): Promise<{ name: string; kind: string }> {
  const { distribution } = await samplerFor(settings);
  const plain = distribution.ranks.length === 1 && settings.updateMode !== "matryoshka";
  if (plain) return { name: `LoRA rank ${distribution.ranks[0]}, cut to each rank`, kind: "cut-lora" };
  return { name: "DyLoRA", kind: "dylora" };
}

/** What the model wrote at each rank, side by side. */
function samplesOf({ shown }: EvaluationSet, evaluated: readonly EvaluatedRank[]): Pick<SweepFile, "samples"> {
  if (shown.length === 0) return {};
  const samples = shown.map(({ index, input, references }) => ({
    input,
    references,
    outputs: evaluated.map(({ rank, texts }) => ({ rank, text: texts[index] ?? "" })),
  }));
  return { samples };
}

/** A sweep takes long; its results must not land in a run that has taken this one's place meanwhile. */
async function checkSameRun(dir: string, { created }: RunRecord): Promise<void> {
  const { created: present } = await readRunRecord(dir);
  if (present === created) return;
  throw new ResourceError(
    "run_replaced",
    `${dir} was replaced by another run while it was swept; nothing is written: sweep it again`,
  );
}

/** Everything that decides what a sweep measures at a rank. */
function measuredOf({ step, record }: RunSource, evaluation: EvaluationSet, choice: object): object {
  const { split, size, metric } = evaluation;
  const { created, changes = [], base } = record;
  return { created, step, changes: changes.length, base: base.name, split, size, metric: metric.name, ...choice };
}

function reportFiles(dir: string): ReportFiles {
  const { sweep: data, sweepPicture: picture, report: page } = runPaths(dir);
  return { data, picture, page };
}

/** Evaluates a run at each rank, recommends one, and writes data, picture and page into the run folder. */
export async function sweepRun(run: TrainedRun, settings: SweepSettings, context: CommandContext): Promise<SweepFile> {
  const { dir, record, task, evaluation, adapted, engine, store } = run;
  const { confidence, resamples, epsilon } = settings;
  const paths = runPaths(dir);
  const ranks = settings.ranks ?? everyRank(adapted.adapter.maxRank);
  const keeping = store === undefined ? {} : { store };
  const evaluated = await evaluateAll({ adapted, evaluation, ranks, title: "sweep", ...keeping }, context);
  const bootstrap = { confidence, resamples };
  const points = evaluated.map((rank) => pointOf(rank, evaluation, bootstrap));
  const log = readEventLog(paths.events);
  const training = trainingLog(log);
  const warning = courseWarning(lossCourse(log.steps.map(({ loss }) => loss)), task);
  const { damaged } = log;
  if (damaged > 0) context.note(`${paths.events}: ${damaged} damaged ${damaged === 1 ? "line" : "lines"} left out`);
  const curve = curveOf({ ...(await curveIdentity(record)), trainSeconds: trainingSeconds(log) }, points);
  const sweep: SweepFile = {
    ...sweepDocument({
      command: context.command,
      run: dir,
      task,
      evaluation,
      trainingExamples: record.task.trainingExamples,
      settings: record.settings,
      steps: record.steps,
      base: record.base,
      engine,
      confidence,
    }),
    curves: [curve],
    recommendation: recommend(evaluated, evaluation, epsilon, bootstrap),
    training,
    ...(warning === undefined ? {} : { warnings: [warning] }),
    ...samplesOf(evaluation, evaluated),
  };
  await checkSameRun(dir, record);
  await writeReport(reportFiles(dir), sweep);
  await store?.clear();
  return sweep;
}

/** `dylora sweep`: opens a run folder and sweeps it. */
export async function runSweep(
  dir: string,
  settings: SweepSettings & GenerationChoice & SettingsOf<typeof engineOptions>,
  context: CommandContext,
): Promise<SweepFile> {
  const source = await openRunSource(dir, context.note);
  await checkReport(reportFiles(dir));
  const { record } = source;
  const above = settings.ranks?.find((rank) => rank > source.maxRank);
  if (above !== undefined) {
    throw new ConfigError(
      "rank_out_of_range",
      `--ranks has rank ${above}; ${dir} was trained up to rank ${source.maxRank}`,
    );
  }
  const stoppedEarly = readEventLog(runPaths(dir).events).reason === "early-stopping";
  if (source.step < record.steps && !stoppedEarly) {
    context.note(`${dir} was trained for ${source.step} of ${record.steps} steps so far; the sweep shows it as it is`);
  }
  const { settings: trained } = record;
  requireOptions(trained, "base", "task");
  const origin = { said: `${dir} was trained on ${showValue(trained.base)}`, cure: "put it back there" };
  const base = await openBaseModel(trained.base, context, origin);
  const { task, evaluation, store } = await closingOnFailure(base, async () => {
    checkMemory(base, context);
    const task = await openTaskFor(base, trained, context);
    const generation = generationChoiceIn(settings);
    checkGenerationChoice(generation);
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
  try {
    const { adapted, engine } = loaded;
    const sweep = await sweepRun({ dir, record, task, evaluation, adapted, engine, store }, settings, context);
    saySweep(sweep, context);
    const { sweep: data, sweepPicture, report } = runPaths(dir);
    context.say(`written: ${data}, ${sweepPicture}, ${report}`);
    const next = sweep.recommendation?.rank;
    if (next !== undefined) {
      context.say(`next: dylora export ${dir} --rank ${next} --out ${runPaths(dir).exports}/rank-${next}`);
    }
    return sweep;
  } catch (error) {
    if (!context.signal.aborted || error !== context.signal.reason) throw error;
    const { ranks } = store;
    const kept = ranks.length === 0 ? "no rank was done yet" : `ranks ${ranks.join(", ")} are done and kept`;
    throw new InterruptedError(`interrupted; ${kept}. Go on with: ${context.command.map(shellQuote).join(" ")}`);
  } finally {
    await loaded.close();
  }
}
