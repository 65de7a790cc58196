import { type ChartTheme, cycled, printTheme, seriesDashes, seriesShapes } from "./chart-theme.ts";
import { printable } from "./display-width.ts";
import { formatScore, isDefined, metricDigits } from "./format-number.ts";
import { allRanks, bestPoint, mainCurve, missingNotes, readingNote } from "./reading.ts";
import { axisTitle, type ChartOptions, type ChartPlan, renderChart } from "./render-chart.ts";
import type { Curve, CurvePoint, SweepFile } from "./sweep-file.ts";

/**
 * The metric over the rank, as SVG: points for each curve, joined where no rank that another curve has lies between them, the intervals as a band (one curve) or as bars
 * (several), each seed as a small dot, the recommended rank marked. Undefined points are left out and named in the
 * heading.
 *
 * @param options plot width default 560, height 320
 */
export function metricChart(
  sweep: SweepFile,
  { theme = printTheme, heading = true, width = 560, height = 320 }: ChartOptions = {},
): Promise<string> {
  return renderChart(plan(sweep, theme, width, height), theme, heading);
}

function plan(sweep: SweepFile, theme: ChartTheme, width: number, height: number): ChartPlan {
  const { task, model } = sweep;
  const notes = [`${model.base}, ${readingNote(sweep)}.`, ...missingNotes(sweep)];
  return {
    spec: { width, height, layer: layers(sweep, theme, width, height) },
    heading: {
      title: `${task.name}: ${task.metric.name} at every rank`,
      subtitle: notes,
    },
    description: describe(sweep),
  };
}

function layers(sweep: SweepFile, theme: ChartTheme, width: number, height: number): object[] {
  const { curves, recommendation } = sweep;
  const x = { field: "rank", type: "quantitative", ...rankAxis(allRanks(sweep)) };
  const y = metricAxis(sweep, height);
  const color = series(sweep, theme, width);
  // Side by side, not on top of one another: a few pixels apart.
  const apart = (index: number) => (curves.length === 1 ? 0 : Math.round((index - (curves.length - 1) / 2) * 7));
  const marker = recommendation === undefined ? [] : recommended(sweep, recommendation.rank, x, y, theme);
  const drawn = curves.map((curve, i) => {
    const xOffset = apart(i);
    const values = curve.points.map((point) => row(curve, point));
    const joined = allRanks(sweep).map(
      (rank) => values.find((one) => one.rank === rank) ?? { ...values[0], rank, metric: null },
    );
    const common = { data: { values }, encoding: { x, y, color: color.stroke } };
    const whole = { transform: [{ filter: "isValid(datum.low) && isValid(datum.high)" }] };
    const ends = { ...common.encoding, y: { ...y, field: "low" }, y2: { field: "high" } };
    const band = curves.length === 1 && curve.points.length > 1;
    const fill = { ...ends, color: undefined };
    return {
      interval: band
        ? { ...common, ...whole, mark: { type: "area", opacity: 0.16, color: cycled(theme.series, i) }, encoding: fill }
        : { ...common, ...whole, mark: { type: "rule", opacity: 0.55, strokeWidth: 1.5, xOffset }, encoding: ends },
      line: {
        ...common,
        // Where a rank has no score, or was not measured, the line has a gap.
        data: { values: joined },
        mark: { type: "line", strokeWidth: 2, strokeDash: cycled(seriesDashes, i), xOffset },
      },
      points: {
        ...common,
        transform: [{ filter: "isValid(datum.metric)" }],
        mark: { type: "point", filled: true, opacity: 1, size: 62, xOffset },
        encoding: { ...common.encoding, shape: color.shape },
      },
      seeds: {
        ...common,
        data: { values: curve.points.flatMap((point) => seedRows(curve, point)) },
        mark: { type: "point", filled: true, opacity: 0.45, size: 12, xOffset },
      },
    };
  });
  // The first curve last, so that it lies on top.
  const order = [...drawn].reverse();
  return [
    ...marker,
    ...order.map(({ interval }) => interval),
    ...order.map(({ line }) => line),
    ...order.map(({ seeds }) => seeds),
    ...order.map(({ points }) => points),
  ];
}

function row(curve: Curve, { rank, metric, low, high }: CurvePoint) {
  const value = (score: typeof low) => (isDefined(score) ? score : null);
  return { curve: printable(curve.name), rank, metric: value(metric), low: value(low), high: value(high) };
}

function seedRows(curve: Curve, { rank, perSeed = [] }: CurvePoint): object[] {
  return perSeed.filter(isDefined).map((metric) => ({ curve: printable(curve.name), rank, metric }));
}

/** Colour and mark of each curve, with one legend for both. */
function series({ curves }: SweepFile, theme: ChartTheme, width: number) {
  const domain = curves.map(({ name }) => printable(name));
  const longest = Math.max(...domain.map((name) => name.length));
  const legend =
    curves.length === 1
      ? null
      : {
          title: null,
          orient: "bottom",
          direction: "vertical",
          columns: curves.length * (longest * 9.6 + 40) <= width ? curves.length : 1,
          symbolSize: 80,
          symbolOpacity: 1,
          symbolDash: [1, 0],
          labelLimit: width,
        };
  const channel = (range: unknown) => ({ field: "curve", type: "nominal", scale: { domain, range }, legend });
  return {
    stroke: channel(domain.map((_, i) => cycled(theme.series, i))),
    shape: channel(domain.map((_, i) => cycled(seriesShapes, i))),
  };
}

/** Every rank where there is room; doublings get equal room when the ranks are a set with gaps. */
function rankAxis(ranks: readonly number[]): object {
  const [first, last] = [ranks[0]!, ranks.at(-1)!];
  const contiguous = last - first === ranks.length - 1;
  const log = !contiguous && last / first > 4;
  const step = contiguous ? Math.ceil(ranks.length / 16) : 1;
  const values = ranks.filter((rank) => step === 1 || rank === first || rank % step === 0);
  const title = log ? "rank (logarithmic scale)" : "rank";
  const domain = first === last ? [first - 1, last + 1] : [first, last];
  return {
    scale: { ...(log ? { type: "log", base: 2 } : { zero: false }), domain, nice: false, padding: 16 },
    axis: { title, values, format: "d", grid: false, labelOverlap: "greedy" },
  };
}

function metricAxis({ curves, task }: SweepFile, height: number) {
  const scores = curves
    .flatMap(({ points }) => points.flatMap(({ metric, low, high, perSeed = [] }) => [metric, low, high, ...perSeed]))
    .filter(isDefined);
  const [low, high] = scores.length > 0 ? [Math.min(...scores), Math.max(...scores)] : [0, 1];
  const slack = high > low ? (high - low) * 0.04 : Math.max(Math.abs(high) * 0.05, 0.01);
  const title = axisTitle(`${task.metric.name} (${task.metric.higherIsBetter ? "higher" : "lower"} is better)`, height);
  return {
    field: "metric",
    type: "quantitative",
    scale: { domain: [low - slack, high + slack], nice: true, zero: false },
    axis: { title, tickCount: 6 },
  };
}

/** A dashed line at the rank, its label above the plot, a ring around its point. */
function recommended(sweep: SweepFile, rank: number, x: object, y: object, theme: ChartTheme): object[] {
  const point = mainCurve(sweep).points.find((candidate) => candidate.rank === rank);
  const data = { values: [{ rank, metric: isDefined(point?.metric) ? point.metric : null }] };
  const xOffset = sweep.curves.length === 1 ? 0 : Math.round((-(sweep.curves.length - 1) / 2) * 7);
  const label = { type: "text", text: `recommended: rank ${rank}`, baseline: "bottom", dy: -5, color: theme.ink };
  return [
    { data, mark: { type: "rule", color: theme.muted, strokeDash: [3, 3], strokeWidth: 1 }, encoding: { x } },
    { data, mark: label, encoding: { x, y: { value: 0 } } },
    {
      data,
      transform: [{ filter: "isValid(datum.metric)" }],
      mark: { type: "point", shape: "circle", filled: false, size: 240, strokeWidth: 1.8, stroke: theme.ink, xOffset },
      encoding: { x, y },
    },
  ];
}

function describe(sweep: SweepFile): string {
  const { task, recommendation } = sweep;
  const digits = metricDigits(sweep.curves.flatMap(({ points }) => points));
  const curves = sweep.curves.map((curve) => {
    const defined = curve.points.filter(({ metric }) => isDefined(metric));
    const [first, last] = [defined[0], defined.at(-1)];
    const best = bestPoint(curve, task.metric.higherIsBetter);
    if (first === undefined || last === undefined || best === undefined) return `${curve.name}: no defined point.`;
    const at = (point: CurvePoint) => `${formatScore(point.metric, digits)} at rank ${point.rank}`;
    return `${curve.name}: ${at(first)}${last === first ? "" : `, ${at(last)}; best ${at(best)}`}.`;
  });
  const advice = recommendation === undefined ? [] : [`Recommended: rank ${recommendation.rank}.`];
  return [`Line chart of ${task.metric.name} over rank.`, ...curves, ...advice].join(" ");
}
