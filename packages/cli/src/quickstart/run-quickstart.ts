import { existsSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "@dylora/errors";
import {
  exportRun,
  loraBaseline,
  runPaths,
  searchCost,
  sweepReportFiles,
  sweepRun,
  writeReport,
} from "@dylora/finetune";
import { readSettings, sweepSettings, type TrainingSettings, trainingSettingsIn } from "@dylora/finetune/settings";
import {
  costSentence,
  formatScore,
  formatTime,
  metricDigits,
  type SweepFile,
  verdictOf,
  verdictSentence,
} from "@dylora/report";
import type { CommandContext } from "../context.ts";
import { printedCommand } from "../printed-command.ts";
import { printSweep } from "../sweep/print-sweep.ts";
import { trainWithAdvice } from "../train/train-with-advice.ts";
import { type Earlier, findEarlier } from "./earlier-quickstart.ts";
import type { QuickstartSettings } from "./quickstart-options.ts";
import { findSample } from "./sample-folder.ts";

function trainingSettings({ dir, steps, lr, rank, seed, backend }: QuickstartSettings): TrainingSettings {
  const { model: base, task } = findSample(dir);
  return trainingSettingsIn({ base, task, steps, lr, rank, seed, backend });
}

function ranksOf({ loraRanks, rank }: QuickstartSettings): readonly number[] {
  const above = loraRanks?.find((candidate) => candidate > rank);
  if (above === undefined) return loraRanks ?? [...new Set([1, rank])];
  throw new ConfigError("bad_option", `--lora-ranks has rank ${above}; the highest rank is ${rank}`);
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
  for (const sentence of [verdictSentence(sweep), costSentence(sweep)]) if (sentence !== undefined) say(sentence);
}

/** The rank that people will use, and the folder that it is exported to. */
function exportOf({ recommendation }: SweepFile, { out, rank: highest }: QuickstartSettings) {
  const rank = recommendation?.rank ?? highest;
  return { rank, exported: join(runPaths(out).exports, `rank-${rank}`) };
}

/** What to look at, and what to type next. */
function sayNext(sweep: SweepFile, given: QuickstartSettings, { say }: CommandContext): void {
  const { report, sweep: data, sweepPicture } = runPaths(given.out);
  const { exported } = exportOf(sweep, given);
  say(`Written: ${report} (open it in a browser), ${data}, ${sweepPicture}, and for PEFT ${exported}`);
  say("");
  say("Next, ask the adapter:");
  say(
    `  echo '{"text": "The Eagle is cheap and bad."}' | ${printedCommand("predict", "--adapter", exported, "--input", "-", "--output", "-")}`,
  );
  say("or train on a table of your own:");
  say(
    `  ${printedCommand("train", "--base", "FacebookAI/roberta-base", "--task", "tickets.csv", "--text", "body", "--label", "queue", "--out", "runs/tickets")}`,
  );
}

/** Says what is there already, in place of training it again. */
function sayEarlier(
  out: string,
  { sweep, created }: Extract<Earlier, { state: "done" }>,
  context: CommandContext,
): void {
  printSweep(sweep, context);
  context.note(`${out} has all of this from ${formatTime(created)}, so nothing was trained; --overwrite does it again`);
}

/** `dylora quickstart`: the whole road on the sample. */
export async function runQuickstart(given: QuickstartSettings, context: CommandContext): Promise<SweepFile> {
  const { out, epsilon } = given;
  const settings = trainingSettings(given);
  const loraRanks = ranksOf(given);
  const paths = runPaths(out);
  const earlier = given.overwrite
    ? { state: "other" as const }
    : await findEarlier(out, { settings, loraRanks, epsilon });
  if (earlier.state === "done") {
    sayEarlier(out, earlier, context);
    sayNext(earlier.sweep, given, context);
    return earlier.sweep;
  }
  const resume = earlier.state === "begun";
  // An earlier quickstart may be replaced, anything else in the way may not.
  const overwrite = !resume && existsSync(paths.record);
  const saying = resume
    ? "going on with what is in"
    : overwrite
      ? "replacing what an earlier run left in"
      : "results go to";
  const onBegin = () => context.note(`${saying} ${out}`);
  const run = await trainWithAdvice({ settings, out, overwrite, resume, onBegin }, context);
  try {
    const sweeping = { ...readSettings(sweepSettings, []), epsilon };
    const swept = await sweepRun(run, { settings: sweeping }, context.work);
    await writeReport(sweepReportFiles(out), swept);
    printSweep(swept, context);

    const { rank, exported } = exportOf(swept, given);
    await exportRun(run, { rank, out: exported, overwrite: true });
    context.say("");

    const baseline = await loraBaseline(run, { ...sweeping, ranks: loraRanks }, context.work);
    const [dylora] = swept.curves as [SweepFile["curves"][number]];
    const cost = searchCost(dylora, baseline, given.rank);
    const curves = [dylora, baseline];
    const verdict = verdictOf({ curves, task: swept.task });
    const final: SweepFile = { ...swept, exported, curves, verdict, cost };
    const written = await writeReport(sweepReportFiles(out), final);
    sayBaselines(final, context);
    sayNext(final, given, context);
    return written;
  } finally {
    await run.close();
  }
}
