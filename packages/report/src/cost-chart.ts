import { printTheme } from "./chart-theme.ts";
import { costSentence } from "./cost-summary.ts";
import { formatDuration } from "./format-number.ts";
import { type ChartOptions, renderChart } from "./render-chart.ts";
import type { SweepFile } from "./sweep-file.ts";

/** Units of the time axis, in seconds, the largest first. */
const units = [
  { name: "hours", seconds: 3600 },
  { name: "minutes", seconds: 60 },
  { name: "seconds", seconds: 1 },
] as const;

/**
 * Wall-clock time of one DyLoRA run against the search it replaces, LoRA trained and evaluated at each rank, as SVG:
 * two bars with their durations.
 *
 * @param options plot width default 460, height 84
 * @returns undefined when the file holds no cost
 */
export async function costChart(
  sweep: SweepFile,
  { theme = printTheme, heading = true, width = 460, height = 84 }: ChartOptions = {},
): Promise<string | undefined> {
  const { cost, task } = sweep;
  const sentence = costSentence(sweep);
  if (cost === undefined || sentence === undefined) return undefined;
  const longest = Math.max(cost.dylora, cost.search);
  const unit = units.find(({ seconds }) => longest >= 2 * seconds) ?? units[2];
  const rows = [
    { name: "DyLoRA", seconds: cost.dylora },
    { name: cost.projected ? "search (projected)" : "search", seconds: cost.search },
  ];
  const values = rows.map(({ name, seconds }) => ({
    name,
    time: seconds / unit.seconds,
    label: formatDuration(seconds),
  }));
  const names = rows.map(({ name }) => name);
  const encoding = {
    y: {
      field: "name",
      type: "nominal",
      sort: null,
      axis: { title: null, domain: false, ticks: false, labelLimit: 320 },
    },
    x: {
      field: "time",
      type: "quantitative",
      // Room for the durations behind the bars.
      scale: { domain: [0, Math.max(longest / unit.seconds, 1e-9) * 1.18], nice: false },
      axis: { title: `wall-clock time (${unit.name})`, tickCount: 6 },
    },
  };
  const colors = {
    field: "name",
    type: "nominal",
    scale: { domain: names, range: theme.series.slice(0, 2) },
    legend: null,
  };
  const layer = [
    { mark: { type: "bar", height: { band: 0.62 } }, encoding: { ...encoding, color: colors } },
    { mark: { type: "text", align: "left", dx: 6 }, encoding: { ...encoding, text: { field: "label" } } },
  ];
  const plan = {
    spec: { width, height, data: { values }, layer },
    heading: { title: `${task.name}: cost of knowing every rank`, subtitle: [sentence] },
    description: `Bar chart. ${sentence}`,
  };
  return renderChart(plan, theme, heading);
}
