import {
  capitalised,
  formatDuration,
  formatInterval,
  formatPercent,
  formatScore,
  formatShare,
  isDefined,
  metricDigits,
} from "./format-number.ts";
import { mainCurve } from "./reading.ts";
import type { SweepFile } from "./sweep-file.ts";

/** Which rank to use and why, or why none, in one sentence; undefined where ranks are only compared. */
export function recommendationSentence(sweep: SweepFile): string | undefined {
  const { recommendation, task, confidence } = sweep;
  if (recommendation === undefined) {
    if (mainCurve(sweep).points.some(({ metric }) => isDefined(metric))) return undefined;
    return `${capitalised(task.metric.name)} is not defined at any rank, so no rank is recommended.`;
  }
  const { rank, epsilon, best, interval } = recommendation;
  const digits = metricDigits(mainCurve(sweep).points);
  const score = `${task.metric.name} ${formatScore(best.metric, digits)}`;
  if (rank === best.rank) {
    return `Rank ${rank} is the best of the sweep (${score}), and no smaller rank is safely within ${epsilon} of it.`;
  }
  const why = interval
    ? `: the ${formatPercent(confidence)} interval of the paired difference is ${formatInterval(interval.low, interval.high, digits + 1)}`
    : "";
  return `Rank ${rank} is the smallest rank safely within ${epsilon} of the best (rank ${best.rank}, ${score})${why}.`;
}

/** What one DyLoRA run saved, in one sentence; undefined when it was not measured. */
export function costSentence({ cost }: SweepFile): string | undefined {
  if (cost === undefined) return undefined;
  const { dylora, search, ratio, projected } = cost;
  const searched = projected ? "would take about" : "took";
  return (
    `One DyLoRA run with its sweep took ${formatDuration(dylora)}; LoRA trained at each rank ${searched} ` +
    `${formatDuration(search)}: DyLoRA needed ${formatShare(ratio)} of that time${ratio > 0 && ratio < 1 ? ` (1/${(1 / ratio).toFixed(1)})` : ""}.`
  );
}

/** Area under each curve, in one sentence; undefined when no curve has one. */
export function auracSentence({ curves }: SweepFile): string | undefined {
  const areas = curves.flatMap(({ name, aurac }) => {
    if (!isDefined(aurac?.log2) || !isDefined(aurac.linear)) return [];
    return [`${name} ${aurac.log2.toFixed(3)} (linear ${aurac.linear.toFixed(3)})`];
  });
  return areas.length > 0 ? `Area under the curve over log2(rank), AURAC: ${areas.join("; ")}.` : undefined;
}
