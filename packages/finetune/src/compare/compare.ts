import { join } from "node:path";
import { ConfigError, InterruptedError } from "@dylora/errors";
import type { AdaptableModel } from "@dylora/lora-core";
import { type Curve, type SweepFile, verdictOf } from "@dylora/report";
import type { Backend } from "@dylora/tensor";
import { contextOf, type WorkContext, type WorkOptions } from "../context.ts";
import { closingOnFailure, describeBase } from "../models/base-model.ts";
import { leaseBackend } from "../models/lease-backend.ts";
import type { Reporter } from "../reporting/reporter.ts";
import { openReporters } from "../reporting/run-reporters.ts";
import { checkNewRun, clearingOf, holdingFolder } from "../runs/prepare-run-folder.ts";
import { runPaths } from "../runs/run-paths.ts";
import type { CompareSettings } from "../settings/compare-settings.ts";
import { decodingSettingsIn } from "../settings/decoding-settings.ts";
import { requireOptions } from "../settings/read-settings.ts";
import { type TrainingSettings, trainingSettingsIn } from "../settings/training-settings.ts";
import { sweepDocument } from "../sweep/sweep-document.ts";
import { everyRank } from "../sweep/sweep-run.ts";
import { writeReport } from "../sweep/write-report.ts";
import type { EvaluationSettings } from "../tasks/task.ts";
import { withAbsolutePaths } from "../training/absolute-paths.ts";
import { type PreparedTraining, prepareTraining } from "../training/prepare-training.ts";
import { loadForTask } from "../training/train-adapter.ts";
import { searchCost } from "./comparison-cost.ts";
import { comparisonCurves } from "./comparison-curves.ts";
import { runTrial, settingsOf } from "./run-trial.ts";
import { partName, type Trial, type TrialPlan, type TrialStore, trialStore } from "./trial.ts";

/** Everything that is to be trained for one seed, DyLoRA first. */
function plansFor(seed: number, ranks: readonly number[], highest: number): TrialPlan[] {
  const loras = [...new Set([...ranks, highest])].sort((a, b) => a - b);
  return [{ method: "dylora", rank: highest, seed }, ...loras.map((rank) => ({ method: "lora", rank, seed }) as const)];
}

/** Ranks at which a trial is evaluated: every one, where lower ranks are views of it. */
function ranksOf({ method, rank }: TrialPlan, ranks: readonly number[], highest: number): readonly number[] {
  if (method === "dylora") return ranks;
  return rank === highest ? ranks : [rank];
}

const nameOf = ({ method, rank, seed }: TrialPlan): string =>
  `${method === "dylora" ? "DyLoRA" : `LoRA rank ${rank}`}, seed ${seed}`;

/** The settings that decide the numbers; the backend, and who is told, may change between two sittings. */
function decisive(
  { backend: _, reportTo: __, ...settings }: TrainingSettings,
  { task }: PreparedTraining,
  { limit, generation }: Pick<EvaluationSettings, "limit" | "generation">,
): object {
  return {
    ...settings,
    ...(task.kind === "generation" ? { generation } : {}),
    ...(limit === undefined ? {} : { limit }),
  };
}

interface Comparison {
  readonly given: CompareSettings;
  readonly settings: TrainingSettings;
  readonly ranks: readonly number[];
  readonly prepared: PreparedTraining;
  readonly store: TrialStore;
  readonly backend: Backend;
}

/** Writes a part down as the settings say. A part that is begun again is written down anew. */
function partReporter(plan: TrialPlan, { given, settings, prepared }: Comparison, backend: string): Promise<Reporter> {
  const { tensorboard, parts } = runPaths(given.out ?? "");
  const name = partName(plan);
  const { evaluation, steps } = prepared;
  const subject = { settings: settingsOf(plan, settings), steps, backend, metric: evaluation.metric.name };
  const places = { tensorboard: join(tensorboard, name), csv: join(parts, `${name}.csv`) };
  return openReporters({ ...subject, history: () => [] }, places);
}

async function runTrials(comparison: Comparison, context: WorkContext): Promise<Trial[]> {
  const { given, settings, ranks, prepared, store, backend } = comparison;
  const { seeds, rank: highest, confidence, resamples } = given;
  const bootstrap = seeds.length === 1 ? { bootstrap: { confidence, resamples } } : {};
  const trials: Trial[] = [];
  const said = new Set<string>();
  // The same base is loaded for each seed, and said once.
  const note = (line: string) => {
    if (!said.has(line)) context.note(line);
    said.add(line);
  };
  const total = seeds.length * plansFor(0, ranks, highest).length;
  for (const seed of seeds) {
    let model: AdaptableModel | undefined;
    for (const plan of plansFor(seed, ranks, highest)) {
      const found = await store.find(plan);
      const wanted = ranksOf(plan, ranks, highest);
      const fits = wanted.every((rank) => found?.points.some((point) => point.rank === rank));
      const title = `${trials.length + 1}/${total} ${nameOf(plan)}`;
      if (found !== undefined && fits) {
        context.note(`${title}: done before`);
        trials.push(found);
        continue;
      }
      model ??= await loadForTask(prepared, { seed, note });
      const reporter = await partReporter(plan, comparison, backend.id);
      const job = { plan, ranks: wanted, model, prepared, settings, title, reporter, ...bootstrap };
      const trial = await runTrial(job, context);
      await store.keep(trial);
      trials.push(trial);
    }
    model?.dispose();
  }
  return trials;
}

/** What went wrong in trials of the comparison. */
function warningsOf(trials: readonly Trial[]): Pick<SweepFile, "warnings"> {
  const warnings = trials.flatMap(({ warning, ...plan }) =>
    warning === undefined ? [] : [`${nameOf(plan)}: ${warning}`],
  );
  return warnings.length === 0 ? {} : { warnings };
}

function documentOf(comparison: Comparison, trials: readonly Trial[], context: WorkContext): SweepFile {
  const { given, settings, ranks, prepared, backend } = comparison;
  const { seeds, rank: highest, confidence } = given;
  const { task, evaluation, training, steps } = prepared;
  const base = describeBase(prepared.base);
  const curves = comparisonCurves({ trials, ranks, highest, seeds: seeds.length, confidence });
  const [dylora, lora] = curves as [Curve, Curve];
  const subject = { origin: context, run: undefined, task, evaluation, settings, steps, base, backend, confidence };
  const document = sweepDocument({ ...subject, trainingExamples: training.size });
  return {
    ...document,
    settings: { ...document.settings, seed: seeds.join(", ") },
    curves,
    verdict: verdictOf({ curves, task: document.task }),
    cost: searchCost(dylora, lora, ranks.length),
    ...warningsOf(trials),
  };
}

/**
 * Compares DyLoRA with a LoRA trained at each rank, and writes data, picture and page into a folder.
 *
 * @throws ConfigError, FormatError or ResourceError for what is wrong, before any work; InterruptedError when the signal
 * stopped it: finished trials are kept, and `resume` goes on from them
 *
 * @example
 * ```ts
 * import { compare, compareSettings, readSettings } from "@dylora/finetune";
 *
 * const sample = { base: "examples/quickstart/model", task: "examples/quickstart/data/task.json" };
 * const values = { ...sample, steps: 2, rank: 2, limit: 20, out: "runs/compare", overwrite: true, backend: "wasm" };
 * const { curves } = await compare(readSettings(compareSettings, [{ values }]));
 * console.log(curves.map(({ name }) => name));
 * ```
 */
export async function compare(given: CompareSettings, options: WorkOptions = {}): Promise<SweepFile> {
  requireOptions(given, "out");
  const context = contextOf(options);
  return holdingFolder(given.out, context, () => compareHeld(given, context));
}

async function compareHeld(given: CompareSettings & { out: string }, context: WorkContext): Promise<SweepFile> {
  const settings = withAbsolutePaths(trainingSettingsIn(given));
  const { out, overwrite, resume, rank: highest, seeds } = given;
  if (resume && overwrite) throw new ConfigError("bad_option", "give 'resume' or 'overwrite', not both");
  const above = given.ranks?.find((rank) => rank > highest);
  if (above !== undefined)
    throw new ConfigError("bad_option", `'ranks' has rank ${above}; the highest rank is ${highest}`);
  if (!resume) await checkNewRun(out, overwrite, settings);
  const { limit, evalBatchSize: batchSize, numBeams, lengthPenalty, noRepeatNgramSize, maxNewTokens } = given;
  const generation = decodingSettingsIn({ numBeams, lengthPenalty, noRepeatNgramSize, maxNewTokens });
  const prepared = await prepareTraining(settings, context, { measuring: { batchSize, limit, generation } });
  const ranks = given.ranks ?? everyRank(highest);
  const paths = runPaths(out);
  const store = trialStore(paths.parts, decisive(settings, prepared, { limit, generation }));
  const lease = await closingOnFailure(prepared.base, async () => {
    if (resume) for (const seed of seeds) for (const plan of plansFor(seed, ranks, highest)) await store.find(plan);
    return leaseBackend(settings.backend);
  });

  try {
    if (!resume) {
      const clearing = await clearingOf(out);
      await clearing.derived();
      await clearing.core();
    }
    const comparison: Comparison = { given, settings, ranks, prepared, store, backend: lease.backend };
    const document = documentOf(comparison, await runTrials(comparison, context), context);
    const files = { data: paths.comparison, picture: paths.comparisonPicture, page: paths.report };
    return await writeReport(files, document);
  } catch (error) {
    if (!context.signal.aborted || error !== context.signal.reason) throw error;
    throw new InterruptedError(`interrupted; finished parts are kept in ${paths.parts}`);
  } finally {
    lease.release();
    await prepared.base.folder.weights.close();
  }
}
