import type { SweepFile } from "@dylora/report";
import {
  auracSentence,
  costSentence,
  rankTable,
  recommendationSentence,
  sampleLines,
  terminalChart,
  verdictSentence,
} from "@dylora/report";
import type { CommandContext } from "../context.ts";

/** Prints a sweep or a comparison: table, curve, what to conclude. */
export function printSweep(sweep: SweepFile, { say, inFlags, terminal }: CommandContext): void {
  say(rankTable(sweep, terminal));
  say("");
  say(terminalChart(sweep, terminal));
  say("");
  const samples = sampleLines(sweep, terminal);
  if (samples !== undefined) {
    say(samples);
    say("");
  }
  for (const warning of sweep.warnings ?? []) say(`warning: ${inFlags(warning)}`);
  const sentences = [verdictSentence, recommendationSentence, auracSentence, costSentence].map((say) => say(sweep));
  for (const sentence of sentences) {
    if (sentence !== undefined) say(sentence);
  }
}
