import { printTheme } from "./chart-theme.ts";
import { printable } from "./display-width.ts";
import { isDefined } from "./format-number.ts";
import { axisTitle, type ChartOptions, renderChart } from "./render-chart.ts";
import type { SweepFile } from "./sweep-file.ts";

/**
 * The metric of the ranks that were evaluated during training, over the steps, as SVG: a line for each rank, the
 * stronger the higher the rank.
 *
 * @param options plot width default 560, height 220
 * @returns undefined when fewer than two evaluations are defined
 */
export async function progressChart(
  { task, training }: SweepFile,
  { theme = printTheme, heading = true, width = 560, height = 220 }: ChartOptions = {},
): Promise<string | undefined> {
  const values = (training?.evaluations ?? []).filter(({ metric }) => isDefined(metric));
  if (values.length < 2) return undefined;
  const ranks = [...new Set(values.map(({ rank }) => rank))].sort((a, b) => a - b);
  const opacity = {
    field: "rank",
    type: "ordinal",
    // Spread evenly over the ranks.
    scale: { domain: ranks, range: [ranks.length === 1 ? 1 : 0.45, 1] },
    legend: ranks.length === 1 ? null : { title: "rank", symbolFillColor: theme.series[0], symbolStrokeWidth: 0 },
  };
  const metric = printable(task.metric.name);
  const encoding = {
    x: { field: "step", type: "quantitative", axis: { title: "optimiser step", grid: false, tickCount: 8 } },
    y: {
      field: "metric",
      type: "quantitative",
      scale: { zero: false },
      axis: { title: axisTitle(metric, height), tickCount: 5 },
    },
    opacity,
  };
  const layer = [
    { mark: { type: "line", color: theme.series[0], strokeWidth: 2 }, encoding },
    { mark: { type: "point", filled: true, color: theme.series[0], size: 40 }, encoding },
  ];
  const plan = {
    spec: { width, height, data: { values }, layer },
    heading: { title: `${task.name}: ${metric} during training`, subtitle: [] },
    description: `Line chart of ${metric} over the training steps at rank${ranks.length === 1 ? "" : "s"} ${ranks.join(", ")}.`,
  };
  return renderChart(plan, theme, heading);
}
