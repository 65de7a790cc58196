import type { CommandContext } from "../context.ts";
import { sampleLines } from "../report/sample-lines.ts";
import { auracSentence, costSentence, recommendationSentence } from "../report/summary.ts";
import type { SweepFile } from "../report/sweep-file.ts";
import { rankTable } from "../report/table.ts";
import { terminalChart } from "../report/terminal-chart.ts";

/** Prints a sweep or a comparison: table, curve, what to conclude. */
export function saySweep(sweep: SweepFile, { say, terminal }: CommandContext): void {
  say(rankTable(sweep, terminal));
  say("");
  say(terminalChart(sweep, terminal));
  say("");
  const samples = sampleLines(sweep, terminal);
  if (samples !== undefined) {
    say(samples);
    say("");
  }
  for (const warning of sweep.warnings ?? []) say(`warning: ${warning}`);
  for (const sentence of [recommendationSentence(sweep), auracSentence(sweep), costSentence(sweep)]) {
    if (sentence !== undefined) say(sentence);
  }
}
