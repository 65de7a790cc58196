import { type AlignOptions, alignColumns, type TextColumn, tableWidth } from "./align-columns.ts";
import { printable, truncate, wrap } from "./display-width.ts";
import { styled } from "./escape-sequences.ts";
import {
  formatCount,
  formatInterval,
  formatPercent,
  formatScore,
  isDefined,
  metricDigits,
  scoreDigits,
} from "./format-number.ts";
import { allRanks, bestPoint, comparableAreas, furtherMetrics, mainCurve, readingNote } from "./reading.ts";
import { baselineSentence } from "./summary.ts";
import type { Curve, CurvePoint, SweepFile } from "./sweep-file.ts";

/** What the terminal can show. */
export interface TerminalOptions {
  /** Columns. Default 80. */
  readonly width?: number;
  /** ANSI colours. Default false. */
  readonly color?: boolean;
  /** Characters beyond ASCII. Default true. */
  readonly unicode?: boolean;
}

/**
 * The ranks of a sweep as a text table: one curve in full, several side by side (one below the other where the terminal
 * is too narrow for that), the best and the recommended rank marked.
 *
 * @returns lines joined by newlines, none at the end
 */
export function rankTable(
  sweep: SweepFile,
  { width = 80, color = false, unicode = true }: TerminalOptions = {},
): string {
  const options: AlignOptions = { width, unicode };
  const lines = sweep.curves.length === 1 ? single(sweep, options, color) : compared(sweep, options, color);
  const note = wrap(
    printable([`${readingNote(sweep)}.`, baselineSentence(sweep)].filter(Boolean).join(" ")),
    width,
    unicode,
  ).map((line) => dim(line, color));
  return [...lines, "", ...note].join("\n");
}

function single(sweep: SweepFile, options: AlignOptions, color: boolean): string[] {
  const curve = mainCurve(sweep);
  const { points } = curve;
  const marks = points.map((point) => mark(sweep, curve, point, options.unicode));
  return alignColumns([...pointColumns(sweep, curve), { head: "", cells: marks, align: "left" }], {
    ...options,
    paint: (line, row) => emphasise(line, points[row]!.rank, sweep, color),
  });
}

function pointColumns(sweep: SweepFile, curve: Curve): TextColumn[] {
  const { points } = curve;
  const digits = metricDigits(points);
  const intervals = points.map(({ low, high }) => formatInterval(low, high, digits));
  const losses = points.some(({ loss }) => isDefined(loss));
  return [
    { head: "rank", cells: points.map(({ rank }) => String(rank)) },
    { head: "parameters", cells: points.map(({ parameters }) => formatCount(parameters.total)), optional: 1 },
    { head: printable(sweep.task.metric.name), cells: points.map(({ metric }) => formatScore(metric, digits)) },
    ...(intervals.some(Boolean)
      ? [{ head: `${formatPercent(sweep.confidence)} interval`, cells: intervals, optional: 2 }]
      : []),
    ...furtherMetrics(curve).map((name, place) => furtherColumn(name, points, dispensability(sweep, place))),
    ...(losses ? [{ head: "loss", cells: points.map(({ loss }) => formatScore(loss, 3)), optional: 3 }] : []),
    { head: "seconds", cells: points.map(({ seconds }) => seconds.toFixed(seconds < 9.995 ? 2 : 1)), optional: 5 },
  ];
}

/** Texts are judged by several metrics together: the first four of them stay longer than intervals do. */
function dispensability({ task }: SweepFile, place: number): number {
  if (task.kind !== "generation") return 4;
  return place < 4 ? 1 + (place + 1) / 10 : 6 + place;
}

function furtherColumn(name: string, points: readonly CurvePoint[], optional: number): TextColumn {
  const scores = points.map(({ metrics }) => metrics?.[name]);
  const digits = scoreDigits(scores);
  return { head: printable(name), cells: scores.map((score) => formatScore(score, digits)), optional };
}

function compared(sweep: SweepFile, options: AlignOptions, color: boolean): string[] {
  const ranks = allRanks(sweep);
  const layouts = [true, false].map((intervals) => sideBySide(sweep, ranks, { intervals, ...options }));
  const fitting = layouts.find((columns) => tableWidth(columns.filter(({ optional }) => !optional)) <= options.width);
  const blocks = fitting
    ? [
        [
          ...alignColumns(fitting, { ...options, paint: (line, row) => emphasise(line, ranks[row]!, sweep, color) }),
          dim("* best of its curve", color),
        ],
      ]
    : sweep.curves.map((curve) => [
        printable(curve.name),
        ...single({ ...sweep, curves: [curve], recommendation: recommendationFor(sweep, curve) }, options, color),
      ]);
  return [...blocks.flatMap((block) => [...block, ""]), ...curveTotals(sweep, options)];
}

function sideBySide(
  sweep: SweepFile,
  ranks: readonly number[],
  { intervals, unicode }: { readonly intervals: boolean; readonly unicode: boolean },
): TextColumn[] {
  const digits = metricDigits(sweep.curves.flatMap(({ points }) => points));
  const parameters = ranks.map((rank) => {
    const point = sweep.curves.flatMap(({ points }) => points).find((candidate) => candidate.rank === rank)!;
    return formatCount(point.parameters.total);
  });
  const columns = sweep.curves.map((curve): TextColumn => {
    const best = bestPoint(curve, sweep.task.metric.higherIsBetter);
    const cells = ranks.map((rank) => {
      const point = curve.points.find((candidate) => candidate.rank === rank);
      if (point === undefined) return "";
      const interval = intervals ? formatInterval(point.low, point.high, digits) : "";
      return `${formatScore(point.metric, digits)}${point === best ? "*" : " "}${interval && ` ${interval}`}`;
    });
    const width = Math.max(12, ...cells.map((cell) => cell.length));
    return { head: wrap(printable(curve.name), width, unicode).join("\n"), cells };
  });
  const marks = ranks.map((rank) => (rank === sweep.recommendation?.rank ? arrow("recommended", unicode) : ""));
  return [
    { head: "rank", cells: ranks.map(String) },
    { head: "parameters", cells: parameters, optional: 1 },
    ...columns,
    { head: "", cells: marks, align: "left" },
  ];
}

/** What stands behind each curve as a whole. */
function curveTotals(sweep: SweepFile, options: AlignOptions): string[] {
  const { curves } = sweep;
  const comparable = comparableAreas(sweep);
  const areas =
    comparable.length < 2 ? [] : comparable.flatMap(({ aurac }) => [aurac?.log2, aurac?.linear]).filter(isDefined);
  const digits = scoreDigits(areas);
  const area = (axis: "linear" | "log2") =>
    curves.map((curve) => (comparable.includes(curve) ? formatScore(curve.aurac?.[axis], digits) : ""));
  const names = curves.map(({ name }) => truncate(printable(name), Math.max(12, options.width - 30), options.unicode));
  return alignColumns(
    [
      { head: "curve", cells: names, align: "left" },
      ...(areas.length > 0
        ? [
            { head: "AURAC (log2)", cells: area("log2"), optional: 1 },
            { head: "AURAC (linear)", cells: area("linear"), optional: 2 },
          ]
        : []),
      { head: "training s", cells: curves.map(({ trainSeconds }) => trainSeconds.toFixed(1)) },
      { head: "evaluation s", cells: curves.map(({ sweepSeconds }) => sweepSeconds.toFixed(1)) },
    ],
    options,
  );
}

function recommendationFor(sweep: SweepFile, curve: Curve): SweepFile["recommendation"] {
  return curve === mainCurve(sweep) ? sweep.recommendation : undefined;
}

function mark(sweep: SweepFile, curve: Curve, point: CurvePoint, unicode: boolean): string {
  const best = point === bestPoint(curve, sweep.task.metric.higherIsBetter);
  const recommended = point.rank === sweep.recommendation?.rank;
  const words = [...(recommended ? ["recommended"] : []), ...(best ? ["best"] : [])];
  return words.length > 0 ? arrow(words.join(", "), unicode) : "";
}

function arrow(text: string, unicode: boolean): string {
  return `${unicode ? "←" : "<-"} ${text}`;
}

function emphasise(line: string, rank: number, { recommendation }: SweepFile, color: boolean): string {
  return color && rank === recommendation?.rank ? styled(["bold", "green"], line) : line;
}

function dim(line: string, color: boolean): string {
  return color ? styled(["dim"], line) : line;
}
