import { capitalised, formatInterval, formatPercent, formatScore, isDefined, metricDigits } from "./format-number.ts";
import { comparableAreas, mainCurve } from "./reading.ts";
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
    const { points } = mainCurve(sweep);
    if (points.length === 1) return `Rank ${rank} is the only rank of the sweep (${score}).`;
    const smaller = points[0]?.rank !== rank;
    const why = smaller ? `no smaller rank is safely within ${epsilon} of it` : "it is the smallest too";
    return `Rank ${rank} is the best of the sweep (${score}), and ${why}.`;
  }
  const why = interval
    ? `: the ${formatPercent(confidence)} interval of the paired difference is ${formatInterval(interval.low, interval.high, digits + 1)}`
    : "";
  return `Rank ${rank} is the smallest rank safely within ${epsilon} of the best (rank ${best.rank}, ${score})${why}.`;
}

/** What a model must beat, in one sentence; undefined where that is not known. */
export function baselineSentence({ task: { baseline, metric }, curves }: SweepFile): string | undefined {
  if (baseline === undefined) return undefined;
  const digits = metricDigits(curves.flatMap(({ points }) => points));
  const score = isDefined(baseline.metric)
    ? `gives ${metric.name} ${formatScore(baseline.metric, digits)}`
    : `has no ${metric.name}`;
  return `Always answering "${baseline.answer}", the most frequent class, ${score}.`;
}

/**
 * Area under each curve, in one sentence; undefined when no curve has one. Areas over other ranks than those of the first
 * curve are no measure of it, and are named as left out.
 */
export function auracSentence(sweep: SweepFile): string | undefined {
  const areas = comparableAreas(sweep).flatMap(({ name, aurac }) => {
    if (!isDefined(aurac?.log2) || !isDefined(aurac.linear)) return [];
    return [`${name} ${aurac.log2.toFixed(3)} (linear ${aurac.linear.toFixed(3)})`];
  });
  if (areas.length === 0) return undefined;
  const others = sweep.curves.filter(({ name }) => !comparableAreas(sweep).some((curve) => curve.name === name));
  const left = others.map(({ name }) => ` ${name} was measured at other ranks, so its area says nothing beside this.`);
  return `Area under the curve over log2(rank), AURAC: ${areas.join("; ")}.${left.join("")}`;
}
