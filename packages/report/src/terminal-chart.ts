import { pad, printable, truncate } from "./display-width.ts";
import { styled } from "./escape-sequences.ts";
import { formatScore, isDefined, metricDigits } from "./format-number.ts";
import { allRanks, unbrokenRuns } from "./reading.ts";
import type { Curve, CurvePoint, SweepFile } from "./sweep-file.ts";
import type { TerminalOptions } from "./table.ts";
import { TextCanvas } from "./text-canvas.ts";

const marks = { unicode: ["●", "■", "▲", "◆", "○", "□"], ascii: ["o", "#", "x", "%", "@", "&"] };
const colors = ["blue", "yellow", "green", "magenta", "cyan", "red"] as const;

/**
 * Draws the curves of a sweep in text: metric upward, rank to the right, intervals as thin strokes where there is one
 * curve, the recommended rank by an arrow under its column. Points that are not defined are left out.
 *
 * @param options besides the terminal's, `height`: rows of the plot itself, default 13
 * @returns lines joined by newlines, none at the end; a plain sentence when no point is defined
 */
export function terminalChart(
  sweep: SweepFile,
  { width = 80, height = 13, color = false, unicode = true }: TerminalOptions & { readonly height?: number } = {},
): string {
  const points = sweep.curves.flatMap((curve) => curve.points);
  const bars = sweep.curves.length === 1;
  const values = points.flatMap(({ metric, low, high }) => [metric, ...(bars ? [low, high] : [])]).filter(isDefined);
  if (values.length === 0) return `${printable(sweep.task.metric.name)} is not defined at any rank.`;

  const ranks = allRanks(sweep);
  const [bottom, top] = range(values);
  const rows = Math.max(4, height);
  const digits = Math.max(metricDigits(points), Math.min(6, Math.ceil(-Math.log10((top - bottom) / rows))));
  const labels = heightLabels(rows, (row) => formatScore(top - ((top - bottom) * row) / (rows - 1), digits));
  const margin = Math.max(...labels.map((label) => label.length));
  const stride = Math.max(2, Math.min(10, Math.floor((width - margin - 11) / Math.max(1, ranks.length - 1))));
  const columns = stride * Math.max(1, ranks.length - 1) + 3;

  const canvas = new TextCanvas(columns, rows, unicode);
  const x = (rank: number) => axis(ranks, rank) * (columns - 3) + 1;
  const y = (value: number) => (1 - (value - bottom) / (top - bottom)) * (rows - 1);
  const paints = sweep.curves.map((_, i) => (text: string) => tint(text, i, color));
  // Lines first, marks last: a mark is never hidden, and the first curve's lie on top.
  for (const [i, curve] of [...sweep.curves.entries()].reverse()) {
    drawLines(canvas, unbrokenRuns(sweep, curve), x, y, paints[i]!);
  }
  if (bars) drawBars(canvas, sweep.curves[0]!, x, y, paints[0]!);
  for (const [i, curve] of [...sweep.curves.entries()].reverse()) {
    for (const { rank, metric } of curve.points) {
      if (isDefined(metric)) canvas.mark(x(rank), y(metric), paints[i]!(symbol(i, unicode)));
    }
  }

  const [wall, corner, floor] = unicode ? ["│", "└", "─"] : ["|", "+", "-"];
  const indent = " ".repeat(margin + 2);
  const legend = sweep.curves.map(
    ({ name }, i) =>
      `${indent}${paints[i]!(symbol(i, unicode))} ${truncate(printable(name), width - margin - 4, unicode)}`,
  );
  return [
    `${indent}${printable(sweep.task.metric.name)}`,
    ...canvas.lines().map((line, row) => `${pad(labels[row]!, margin, "right")} ${wall}${line}`.trimEnd()),
    `${" ".repeat(margin)} ${corner}${floor!.repeat(columns)}`,
    indent + rankLabels(ranks, x, columns),
    ...recommended(sweep, x, indent, unicode),
    ...(sweep.curves.length > 1 ? legend : []),
  ].join("\n");
}

/** Where a rank lies between the first (0) and the last (1): evenly by place, so doublings get the room of steps. */
function axis(ranks: readonly number[], rank: number): number {
  return ranks.length === 1 ? 0.5 : ranks.indexOf(rank) / (ranks.length - 1);
}

/** Labels at about every third row, the first and the last among them. */
function heightLabels(rows: number, label: (row: number) => string): string[] {
  const parts = Math.max(1, Math.floor((rows - 1) / 3));
  const labelled = new Set(Array.from({ length: parts + 1 }, (_, i) => Math.round((i * (rows - 1)) / parts)));
  return Array.from({ length: rows }, (_, row) => (labelled.has(row) ? label(row) : ""));
}

/** The extent of the values, made wider where it is nothing. */
function range(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (low !== high) return [low, high];
  const half = Math.max(Math.abs(low) * 0.05, 0.05);
  return [low - half, high + half];
}

type Scale = (value: number) => number;
type Paint = (text: string) => string;

function drawLines(
  canvas: TextCanvas,
  runs: readonly (readonly CurvePoint[])[],
  x: Scale,
  y: Scale,
  paint: Paint,
): void {
  for (const run of runs) {
    for (const [i, to] of run.entries()) {
      const from = run[i - 1];
      if (from !== undefined) canvas.line([x(from.rank), y(from.metric!)], [x(to.rank), y(to.metric!)], paint);
    }
  }
}

function drawBars(canvas: TextCanvas, { points }: Curve, x: Scale, y: Scale, paint: Paint): void {
  for (const { rank, low, high } of points) {
    if (isDefined(low) && isDefined(high)) canvas.bar(x(rank), y(high), y(low), paint);
  }
}

function rankLabels(ranks: readonly number[], x: Scale, columns: number): string {
  let line = "";
  for (const rank of ranks) {
    const text = String(rank);
    const start = Math.round(x(rank)) - ((text.length - 1) >> 1);
    if (start >= (line === "" ? 0 : line.length + 1)) line = pad(line, start) + text;
  }
  return `${pad(line, columns)} rank`;
}

function recommended({ recommendation }: SweepFile, x: Scale, indent: string, unicode: boolean): string[] {
  if (recommendation === undefined) return [];
  return [`${indent}${" ".repeat(Math.round(x(recommendation.rank)))}${unicode ? "↑" : "^"} recommended`];
}

function symbol(index: number, unicode: boolean): string {
  const set = unicode ? marks.unicode : marks.ascii;
  return set[index % set.length]!;
}

function tint(text: string, index: number, color: boolean): string {
  return color ? styled([colors[index % colors.length]!], text) : text;
}
