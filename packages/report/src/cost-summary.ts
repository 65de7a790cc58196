import { formatCount, formatDuration, formatShare } from "./format-number.ts";
import type { CostPair, SweepFile } from "./sweep-file.ts";

/** One measure of what DyLoRA and the search cost. */
export interface CostRow {
  /** What is measured, for people. */
  readonly name: string;
  /** One DyLoRA run. */
  readonly dylora: string;
  /** The search. */
  readonly search: string;
  /** The one as a share of the other. */
  readonly share: string;
}

/** `15% (1/6.8)`; a share of one or more has no such fraction. */
function shareOf({ dylora, search }: CostPair): string {
  const ratio = dylora / search;
  if (!Number.isFinite(ratio)) return "n/a";
  const fraction = ratio > 0 && ratio < 1 ? ` (1/${Number((1 / ratio).toFixed(1))})` : "";
  return `${formatShare(ratio)}${fraction}`;
}

const steps = (count: number): string => formatCount(Math.round(count));

/** What one DyLoRA run costs beside the search, by steps, by CPU time and by the clock; empty when it was not measured. */
export function costRows({ cost }: SweepFile): CostRow[] {
  if (cost === undefined) return [];
  const row = (name: string, pair: CostPair | undefined, show: (value: number) => string): CostRow[] =>
    pair === undefined ? [] : [{ name, dylora: show(pair.dylora), search: show(pair.search), share: shareOf(pair) }];
  return [
    ...row("Steps", cost.steps, steps),
    ...row("CPU time", cost.cpu, formatDuration),
    ...row("Wall-clock time", cost, formatDuration),
  ];
}

/** What one DyLoRA run saved, in a few sentences; undefined when it was not measured. */
export function costSentence({ cost }: SweepFile): string | undefined {
  if (cost === undefined) return undefined;
  const { dylora, search, projected, ranks, steps: trained, cpu } = cost;
  const each = ranks === undefined ? "each rank" : `each of ${ranks} ranks`;
  const sentences = [
    trained &&
      `DyLoRA trained for ${steps(trained.dylora)} steps; LoRA at ${each} takes ${steps(trained.search)}: ${shareOf(trained)}.`,
    cpu && `CPU time of training: ${formatDuration(cpu.dylora)} of ${formatDuration(cpu.search)}, ${shareOf(cpu)}.`,
    `One DyLoRA run with its sweep took ${formatDuration(dylora)}; LoRA trained at each rank ` +
      `${projected ? "would take about" : "took"} ${formatDuration(search)}: ` +
      `DyLoRA needed ${formatShare(cost.ratio)} of that time${fractionOf(cost.ratio)}.`,
  ];
  return sentences.filter(Boolean).join(" ");
}

const fractionOf = (ratio: number): string => (ratio > 0 && ratio < 1 ? ` (1/${(1 / ratio).toFixed(1)})` : "");
