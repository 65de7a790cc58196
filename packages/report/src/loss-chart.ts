import { printTheme } from "./chart-theme.ts";
import { isDefined } from "./format-number.ts";
import { type ChartOptions, renderChart } from "./render-chart.ts";
import type { SweepFile, TrainingLog } from "./sweep-file.ts";

/** Points of a curve that a plot can show apart. */
const shownPoints = 1000;

/**
 * The training loss over the steps, as SVG: single steps thin, the moving average strong.
 *
 * @param options plot width default 560, height 220
 * @returns undefined when the file holds no loss
 */
export async function lossChart(
  { task, training }: SweepFile,
  { theme = printTheme, heading = true, width = 560, height = 220 }: ChartOptions = {},
): Promise<string | undefined> {
  const steps = definedSteps(training);
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const window = Math.max(1, Math.round(steps.length / 24));
  const smooth = movingAverage(
    steps.map(({ loss }) => loss),
    window,
  );
  const raw = thinned(steps);
  const average = thinned(steps.map(({ step }, i) => ({ step, loss: smooth[i]! })));
  const x = { field: "step", type: "quantitative", axis: { title: "optimiser step", grid: false, tickCount: 8 } };
  const y = {
    field: "loss",
    type: "quantitative",
    scale: { zero: false },
    axis: { title: "training loss", tickCount: 5 },
  };
  const line = (values: object[], style: object) => ({
    data: { values },
    mark: { type: "line", color: theme.series[0], ...style },
    encoding: { x, y },
  });
  const layer = [line(raw, { opacity: 0.3, strokeWidth: 1 }), line(average, { strokeWidth: 2.2 })];
  const explained = `Thin: single steps. Strong: mean of ${window} neighbouring steps.`;
  const from = smooth[0]!.toFixed(3);
  const to = smooth.at(-1)!.toFixed(3);
  const plan = {
    spec: { width, height, layer },
    heading: { title: `${task.name}: training loss`, subtitle: [explained] },
    description: `Line chart of the training loss over ${last.step} steps. Smoothed, it goes from ${from} to ${to}.`,
  };
  return renderChart(plan, theme, heading);
}

/** Mean of the `window` values around each, fewer at the ends. */
export function movingAverage(values: readonly number[], window: number): number[] {
  const sums = [0];
  for (const value of values) sums.push(sums.at(-1)! + value);
  const [before, after] = [Math.floor((window - 1) / 2), Math.ceil((window - 1) / 2)];
  return values.map((_, i) => {
    const [start, end] = [Math.max(0, i - before), Math.min(values.length, i + after + 1)];
    return (sums[end]! - sums[start]!) / (end - start);
  });
}

interface Step {
  readonly step: number;
  readonly loss: number;
}

function definedSteps(training: TrainingLog | undefined): Step[] {
  if (training === undefined) return [];
  const { step, loss } = training;
  return step.flatMap((at, i) => (isDefined(loss[i]) ? [{ step: at, loss: loss[i] }] : []));
}

function thinned(steps: readonly Step[]): Step[] {
  const stride = Math.ceil(steps.length / shownPoints);
  return steps.filter((_, i) => i % stride === 0 || i === steps.length - 1);
}
