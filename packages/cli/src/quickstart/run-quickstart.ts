import { existsSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "@dylora/errors";
import type { SweepFile } from "@dylora/report";
import { costSentence, formatScore, metricDigits } from "@dylora/report";
import { closingOnFailure } from "../base-model.ts";
import type { QuickstartSettings } from "../commands/quickstart.ts";
import type { CommandContext } from "../context.ts";
import { startEngine } from "../engine.ts";
import { exportPeft } from "../export/run-export.ts";
import { withAbsolutePaths } from "../options/absolute-paths.ts";
import { readSettings } from "../options/read-settings.ts";
import { sweepOptions } from "../options/shared-options.ts";
import { type TrainingSettings, trainingSettingsIn } from "../options/training-options.ts";
import { checkNewRun, holdingFolder } from "../run/prepare-run-folder.ts";
import { type RunPaths, runPaths } from "../run/run-paths.ts";
import { sweepRun } from "../sweep/run-sweep.ts";
import { saySweep } from "../sweep/say-sweep.ts";
import { writeReport } from "../sweep/write-report.ts";
import { prepareTraining } from "../training/prepare-training.ts";
import { freshAdapter, loadForTask } from "../training/train-adapter.ts";
import { beginRun, type FolderRun, trainInFolder } from "../training/train-in-folder.ts";
import { baselineCurve, projectedCost, trainBaselines } from "./lora-baseline.ts";
import { findSample } from "./sample-folder.ts";

function trainingSettings({ dir, steps, lr, rank, seed, backend }: QuickstartSettings): TrainingSettings {
  const { model: base, task } = findSample(dir);
  return withAbsolutePaths(trainingSettingsIn({ base, task, steps, lr, rank, seed, backend }));
}

function ranksOf({ loraRanks, rank }: QuickstartSettings): readonly number[] {
  const above = loraRanks?.find((candidate) => candidate > rank);
  if (above === undefined) return loraRanks ?? [...new Set([1, rank])];
  throw new ConfigError("bad_option", `--lora-ranks has rank ${above}; the highest rank is ${rank}`);
}

/** An earlier quickstart may be replaced, anything else in the way may not. */
async function checkOutput(
  { dir, record }: RunPaths,
  settings: TrainingSettings,
  context: CommandContext,
): Promise<void> {
  const ours = existsSync(record);
  await checkNewRun(dir, ours, settings);
  context.note(ours ? `replacing what an earlier run left in ${dir}` : `results go to ${dir}`);
}

function sayBaselines(sweep: SweepFile, { say }: CommandContext): void {
  const [dylora, lora] = sweep.curves;
  const digits = metricDigits(dylora?.points ?? []);
  for (const { rank, metric } of lora?.points ?? []) {
    const ours = dylora?.points.find((point) => point.rank === rank);
    say(
      `LoRA trained at rank ${rank} alone: ${sweep.task.metric.name} ${formatScore(metric, digits)}; ` +
        `DyLoRA at rank ${rank}: ${formatScore(ours?.metric, digits)}`,
    );
  }
  const cost = costSentence(sweep);
  if (cost !== undefined) say(cost);
}

/** `dylora quickstart`: the whole road on the sample. */
export function runQuickstart(given: QuickstartSettings, context: CommandContext): Promise<SweepFile> {
  return holdingFolder(given.out, context, () => quickstartHeld(given, context));
}

async function quickstartHeld(given: QuickstartSettings, context: CommandContext): Promise<SweepFile> {
  const settings = trainingSettings(given);
  const loraRanks = ranksOf(given);
  const paths = runPaths(given.out);
  await checkOutput(paths, settings, context);
  const prepared = await prepareTraining(settings, context);
  const { task, evaluation, base, maxLength, tokenizer } = prepared;
  const engine = await closingOnFailure(base, () => startEngine(settings.backend));
  context.note(
    `${task.name}: ${prepared.training.size} sentences to train on, ${evaluation.size} to measure on; engine ${engine.id}: ${engine.detail}`,
  );
  try {
    const model = await loadForTask(prepared, { seed: settings.seed, note: context.note });
    const adapted = freshAdapter(model, settings);
    const dir = given.out;
    const run: FolderRun = { dir, settings, prepared, adapted, engine };
    const record = await beginRun(run, undefined, context);
    await trainInFolder(run, record, context);

    const { epsilon } = given;
    const sweepSettings = { ...readSettings(sweepOptions, []), epsilon };
    const swept = await sweepRun({ dir, record, task, evaluation, adapted, engine }, sweepSettings, context);
    saySweep(swept, context);

    const rank = swept.recommendation?.rank ?? given.rank;
    const exported = join(paths.exports, `rank-${rank}`);
    const { labels } = task;
    const head = {
      outputs: labels.length,
      kind: "classification" as const,
      problemType: "single_label_classification" as const,
      labels,
    };
    const source = { task: task.name, maxLength, promptForm: undefined, tokenizer };
    await exportPeft({ adapter: adapted.adapter, source, head, rank, base, out: exported, overwrite: true });
    context.say(`Exported rank ${rank} for PEFT: ${exported}`);
    context.say("");

    const { confidence, resamples } = sweepSettings;
    const job = { model, prepared, settings, bootstrap: { confidence, resamples } };
    const baseline = baselineCurve(await trainBaselines(loraRanks, settings.seed, job, context));
    const [dylora] = swept.curves as [SweepFile["curves"][number]];
    const final: SweepFile = {
      ...swept,
      exported,
      curves: [dylora, baseline],
      cost: projectedCost(dylora, baseline, given.rank),
    };
    await writeReport({ data: paths.sweep, picture: paths.sweepPicture, page: paths.report }, final);
    sayBaselines(final, context);
    context.say(`Written: ${paths.report} (open it in a browser), ${paths.sweep}, ${paths.sweepPicture}`);
    model.dispose();
    return final;
  } finally {
    engine.dispose();
    await base.folder.weights.close();
  }
}
