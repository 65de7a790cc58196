import { formatCount, formatPercent, isDefined } from "./format-number.ts";
import type { Curve, CurvePoint, SweepFile } from "./sweep-file.ts";

/** The point with the best metric, the smallest rank where several tie; undefined when no metric is defined. */
export function bestPoint(curve: Curve, higherIsBetter: boolean): CurvePoint | undefined {
  const sign = higherIsBetter ? 1 : -1;
  return curve.points
    .filter(({ metric }) => isDefined(metric))
    .reduce<CurvePoint | undefined>(
      (best, point) => (best === undefined || sign * (point.metric! - best.metric!) > 0 ? point : best),
      undefined,
    );
}

/** The curve that the file is about: the first. */
export function mainCurve(sweep: SweepFile): Curve {
  return sweep.curves[0]!;
}

/** All ranks of all curves, rising. */
export function allRanks(sweep: SweepFile): number[] {
  const ranks = sweep.curves.flatMap(({ points }) => points.map(({ rank }) => rank));
  return [...new Set(ranks)].sort((a, b) => a - b);
}

/** Curves over the ranks of the first one: only their areas can be set beside each other. */
export function comparableAreas({ curves }: SweepFile): Curve[] {
  const measured = ({ points }: Curve) => points.map(({ rank }) => rank).join();
  return curves.filter((curve) => measured(curve) === measured(curves[0]!));
}

/** The points of a curve in runs without a gap: no other curve has a rank between two points of one run, nor is a score missing. */
export function unbrokenRuns(sweep: SweepFile, { points }: Curve): CurvePoint[][] {
  const runs: CurvePoint[][] = [[]];
  for (const rank of allRanks(sweep)) {
    const point = points.find((candidate) => candidate.rank === rank);
    if (isDefined(point?.metric)) runs.at(-1)!.push(point!);
    else if (runs.at(-1)!.length > 0) runs.push([]);
  }
  return runs.filter((run) => run.length > 0);
}

/** Seeds behind the points: 1 unless the points name a metric for each of several. */
export function seedCount(sweep: SweepFile): number {
  return Math.max(1, ...sweep.curves.flatMap(({ points }) => points.map(({ perSeed }) => perSeed?.length ?? 1)));
}

/** Names of the further scores of a curve, in the order in which they come up. */
export function furtherMetrics({ points }: Curve): string[] {
  return [...new Set(points.flatMap(({ metrics }) => Object.keys(metrics ?? {})))];
}

/** Whether any point has a whole interval. */
export function hasIntervals(sweep: SweepFile): boolean {
  return sweep.curves.some(({ points }) => points.some(({ low, high }) => isDefined(low) && isDefined(high)));
}

/** How to read the numbers: the metric, on what, which way is better, what the intervals are, how many seeds. */
export function readingNote(sweep: SweepFile): string {
  const { metric, examples } = sweep.task;
  const seeds = seedCount(sweep);
  return [
    `${metric.name} on ${formatCount(examples)} ${examples === 1 ? "example" : "examples"}`,
    `${metric.higherIsBetter ? "higher" : "lower"} is better`,
    ...(seeds > 1 ? [`mean of ${seeds} seeds`] : []),
    ...(hasIntervals(sweep) ? [`${formatPercent(sweep.confidence)} confidence intervals`] : []),
  ].join(", ");
}

/** What is missing from a picture of the curves, a sentence each. */
export function missingNotes(sweep: SweepFile): string[] {
  return sweep.curves.flatMap(({ name, points }) => {
    const missing = points.filter(({ metric }) => !isDefined(metric)).map(({ rank }) => rank);
    if (missing.length === 0) return [];
    const ranks = `${missing.length === 1 ? "rank" : "ranks"} ${missing.join(", ")}`;
    return [`${name}: ${sweep.task.metric.name} is not defined at ${ranks}, left out.`];
  });
}
