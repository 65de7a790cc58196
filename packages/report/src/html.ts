import { answersSection } from "./answers-section.ts";
import { pageTheme } from "./chart-theme.ts";
import { costChart } from "./cost-chart.ts";
import { lossChart } from "./loss-chart.ts";
import { html, Markup } from "./markup.ts";
import { metricChart } from "./metric-chart.ts";
import { pageFrame } from "./page-frame.ts";
import {
  costSection,
  headline,
  type ReportCharts,
  ranksSection,
  repeatSection,
  samplesSection,
  trainingSection,
  useSection,
} from "./page-sections.ts";
import { pageStyle } from "./page-style.ts";
import { progressChart } from "./progress-chart.ts";
import type { ChartOptions } from "./render-chart.ts";
import type { SweepFile } from "./sweep-file.ts";

/**
 * The report of a sweep or a comparison as one self-contained page: style, pictures and a script of a few lines
 * inside, nothing fetched. Light and dark follow the reader's system; it reads on a phone and prints.
 *
 * @returns the text of an HTML file
 */
export async function htmlReport(sweep: SweepFile): Promise<string> {
  const charts = await drawCharts(sweep);
  const body = html`${headline(sweep)}<main>
${ranksSection(sweep, charts)}${costSection(sweep, charts)}${trainingSection(sweep, charts)}${answersSection(sweep)}${samplesSection(sweep)}${useSection(sweep)}${repeatSection(sweep)}</main>
`;
  const title = `${sweep.task.name}: ${sweep.task.metric.name} at every rank`;
  return pageFrame({ title, style: pageStyle, body, created: sweep.created, copies: true });
}

type Chart = (sweep: SweepFile, options: ChartOptions) => Promise<string | undefined>;

async function drawCharts(sweep: SweepFile): Promise<ReportCharts> {
  const drawn = async (chart: Chart, wide: number, narrow: number): Promise<Markup | undefined> => {
    const draw = (width: number) => chart(sweep, { theme: pageTheme, heading: false, width });
    const [large, small] = [await draw(wide), await draw(narrow)];
    if (large === undefined || small === undefined) return undefined;
    return html`<div class="wide">${new Markup(large)}</div><div class="narrow">${new Markup(small)}</div>`;
  };
  return {
    metric: (await drawn(metricChart, 620, 250))!,
    cost: await drawn(costChart, 500, 170),
    loss: await drawn(lossChart, 620, 250),
    progress: await drawn(progressChart, 580, 220),
  };
}
