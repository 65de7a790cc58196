import { costRows } from "./cost-summary.ts";
import {
  formatCount,
  formatInterval,
  formatPercent,
  formatScore,
  isDefined,
  metricDigits,
  scoreDigits,
} from "./format-number.ts";
import { type Content, html, type Markup } from "./markup.ts";
import { allRanks, bestPoint, comparableAreas, furtherMetrics, hasIntervals } from "./reading.ts";
import type { Curve, CurvePoint, SweepFile } from "./sweep-file.ts";

/** A table that scrolls sideways by itself when the page is narrow. */
export function scrollingTable(caption: string, head: Content, body: Content): Markup {
  return html`<div class="scroll" role="group" tabindex="0" aria-label="${caption}"><table>
<caption><span>${caption}</span></caption>
<thead>${head}</thead>
<tbody>${body}</tbody>
</table></div>
`;
}

/** Every number of one curve, a row for each rank, the best and the recommended rank marked. */
export function curveTable(sweep: SweepFile, curve: Curve, recommended: number | undefined): Markup {
  const { metric } = sweep.task;
  const columns = curveColumns(sweep, curve);
  const best = bestPoint(curve, metric.higherIsBetter);
  const rows = curve.points.map((point) => {
    const badges = [
      point.rank === recommended && html` <span class="badge pick">recommended</span>`,
      point === best && html` <span class="badge">best</span>`,
    ];
    return html`<tr${point.rank === recommended && html` class="picked"`}><th scope="row">${point.rank}${badges}</th>${columns.map(
      ({ cell }) => html`<td>${cell(point)}</td>`,
    )}</tr>\n`;
  });
  const head = html`<tr><th scope="col">Rank</th>${columns.map(({ name }) => html`<th scope="col">${name}</th>`)}</tr>`;
  return scrollingTable(`${curve.name}: ${metric.name} at every rank`, head, rows);
}

interface Column {
  readonly name: string;
  readonly cell: (point: CurvePoint) => string;
}

function curveColumns({ task, confidence }: SweepFile, curve: Curve): Column[] {
  const { points } = curve;
  const digits = metricDigits(points);
  const any = (value: (point: CurvePoint) => unknown) => points.some((point) => value(point) !== undefined);
  const columns: (Column | false)[] = [
    { name: task.metric.name, cell: ({ metric }) => formatScore(metric, digits) },
    points.some(({ low, high }) => isDefined(low) && isDefined(high)) && {
      name: `${formatPercent(confidence)} interval`,
      cell: ({ low, high }) => formatInterval(low, high, digits),
    },
    any(({ perSeed }) => perSeed) && {
      name: "Each seed",
      cell: ({ perSeed = [] }) => perSeed.map((score) => formatScore(score, digits)).join("  "),
    },
    ...furtherMetrics(curve).map((name) => {
      const further = scoreDigits(points.map(({ metrics }) => metrics?.[name]));
      return { name, cell: ({ metrics }: CurvePoint) => formatScore(metrics?.[name], further) };
    }),
    points.some(({ loss }) => isDefined(loss)) && { name: "Loss", cell: ({ loss }) => formatScore(loss, 3) },
    { name: "LoRA parameters", cell: ({ parameters }) => formatCount(parameters.lora) },
    { name: "Trainable in all", cell: ({ parameters }) => formatCount(parameters.total) },
    any(({ trainSeconds }) => trainSeconds) && {
      name: "Training (s)",
      cell: ({ trainSeconds }) => (trainSeconds === undefined ? "" : trainSeconds.toFixed(1)),
    },
    { name: "Evaluation (s)", cell: ({ seconds }) => seconds.toFixed(2) },
  ];
  return columns.filter((column) => column !== false);
}

/** The metric of several curves side by side, a row for each rank. */
export function comparisonTable(sweep: SweepFile): Markup {
  const { curves, task, recommendation } = sweep;
  const digits = metricDigits(curves.flatMap(({ points }) => points));
  const intervals = hasIntervals(sweep);
  const rows = allRanks(sweep).map((rank) => {
    const cells = curves.map((curve) => {
      const point = curve.points.find((candidate) => candidate.rank === rank);
      if (point === undefined) return html`<td></td>${intervals && html`<td></td>`}`;
      const value = formatScore(point.metric, digits);
      const best = point === bestPoint(curve, task.metric.higherIsBetter);
      return html`<td>${best ? html`<strong>${value}</strong>` : value}</td>${intervals && html`<td class="interval">${formatInterval(point.low, point.high, digits)}</td>`}`;
    });
    const picked = rank === recommendation?.rank;
    const badge = picked && html` <span class="badge pick">recommended</span>`;
    return html`<tr${picked && html` class="picked"`}><th scope="row">${rank}${badge}</th>${cells}</tr>\n`;
  });
  const names = curves.map(({ name }) => html`<th scope="colgroup" colspan="${intervals ? 2 : 1}">${name}</th>`);
  const kinds = curves.map(
    () =>
      html`<th scope="col">${task.metric.name}</th>${intervals && html`<th scope="col">${formatPercent(sweep.confidence)} interval</th>`}`,
  );
  const head = html`<tr><th scope="col" rowspan="2">Rank</th>${names}</tr><tr>${kinds}</tr>`;
  return scrollingTable(`${task.metric.name} at every rank; the best of each curve is bold`, head, rows);
}

/** What one DyLoRA run costs beside the search, a row for each measure. */
export function costTable(sweep: SweepFile): Markup {
  const rows = costRows(sweep).map(
    ({ name, dylora, search, share }) =>
      html`<tr><th scope="row">${name}</th><td>${dylora}</td><td>${search}</td><td>${share}</td></tr>\n`,
  );
  const search = sweep.cost?.projected ? "Search (projected)" : "Search";
  const head = html`<tr>${["Measure", "DyLoRA", search, "Share"].map((name) => html`<th scope="col">${name}</th>`)}</tr>`;
  return scrollingTable("One DyLoRA run, and the search over ranks that it replaces", head, rows);
}

/** What stands behind each curve as a whole: areas and wall-clock time. */
export function totalsTable(sweep: SweepFile): Markup {
  const { curves } = sweep;
  const comparable = comparableAreas(sweep);
  const areas = comparable.length > 1 && comparable.some(({ aurac }) => aurac !== undefined);
  const area = (curve: Curve, axis: "log2" | "linear") =>
    comparable.includes(curve) ? formatScore(curve.aurac?.[axis], 3) : "";
  const rows = curves.map(
    (curve) =>
      html`<tr><th scope="row">${curve.name}</th>${
        areas && html`<td>${area(curve, "log2")}</td><td>${area(curve, "linear")}</td>`
      }<td>${curve.trainSeconds.toFixed(1)}</td><td>${curve.sweepSeconds.toFixed(1)}</td></tr>\n`,
  );
  const head = html`<tr><th scope="col">Curve</th>${
    areas && html`<th scope="col">AURAC, log2</th><th scope="col">AURAC, linear</th>`
  }<th scope="col">Training (s)</th><th scope="col">Evaluation (s)</th></tr>`;
  const caption = areas
    ? "Each curve as a whole: area under it (AURAC, on the scale of the metric) and wall-clock time"
    : "Each curve as a whole: wall-clock time";
  return scrollingTable(caption, head, rows);
}
