import {
  capitalised,
  formatCompactCount,
  formatCount,
  formatCounted,
  formatDuration,
  formatInterval,
  formatScore,
  metricDigits,
} from "./format-number.ts";
import { html, type Markup } from "./markup.ts";
import { code, figure, section, shell } from "./page-parts.ts";
import { comparisonTable, costTable, curveTable, scrollingTable, totalsTable } from "./page-tables.ts";
import { mainCurve, missingNotes, readingNote } from "./reading.ts";
import { commandLine, exportCommands, peftSnippet, rankToUse } from "./snippets.ts";
import { auracSentence, baselineSentence, recommendationSentence } from "./summary.ts";
import type { SweepFile } from "./sweep-file.ts";
import { verdictSentence } from "./verdict-sentence.ts";

/** Charts of the report, those that the file has data for; each drawn for a wide and for a narrow page. */
export interface ReportCharts {
  /** Metric over rank. */
  readonly metric: Markup;
  /** Wall-clock time against the search. */
  readonly cost: Markup | undefined;
  /** Training loss over steps. */
  readonly loss: Markup | undefined;
  /** Metric over steps. */
  readonly progress: Markup | undefined;
}

/** A number that matters: its name, its value, more about it. */
type Fact = readonly [name: string, value: string, more: string];

/** What was trained, the advice, and the numbers that matter most. */
export function headline(sweep: SweepFile): Markup {
  const { task, model } = sweep;
  const curve = mainCurve(sweep);
  const advice = recommendationSentence(sweep);
  const trained = task.trainingExamples === undefined ? "" : ` on ${formatCount(task.trainingExamples)} examples`;
  const point = curve.points.find(({ rank }) => rank === rankToUse(sweep))!;
  const digits = metricDigits(curve.points);
  const ranks = curve.points.length === 1 ? "its one rank" : `its ${curve.points.length} ranks`;
  const facts: Fact[] = [
    [
      sweep.recommendation ? "Recommended rank" : "Highest rank",
      String(point.rank),
      `of ${curve.points.length} evaluated`,
    ],
    [
      `${capitalised(task.metric.name)} at rank ${point.rank}`,
      formatScore(point.metric, digits),
      formatInterval(point.low, point.high, digits),
    ],
    ["Trainable parameters", formatCount(point.parameters.total), `${formatCount(point.parameters.lora)} of them LoRA`],
    ...costFact(sweep),
  ];
  return html`<header>
<p class="kicker">dylora ${sweep.curves.length > 1 ? "comparison" : "sweep"}</p>
<h1>${task.name}: ${task.metric.name} at every rank</h1>
${[verdictSentence(sweep), advice].map((text) => text && html`<p class="lead">${text}</p>\n`)}${(sweep.warnings ?? []).map((warning) => html`<p class="warning"><strong>Warning.</strong> ${capitalised(warning)}.</p>\n`)}<p>${curve.name} adapted ${model.architecture} (<span class="path">${model.base}</span>, ${formatCompactCount(model.parameters)} parameters)${trained} in ${formatDuration(curve.trainSeconds)} of training; evaluating ${ranks} took ${formatDuration(curve.sweepSeconds)}.</p>
<dl class="facts">${facts.map(([name, value, more]) => html`<div><dt>${name}</dt><dd>${value} <small>${more}</small></dd></div>\n`)}</dl>
</header>
`;
}

/** What one run costs beside the search that it replaces. */
function costFact(sweep: SweepFile): Fact[] {
  const { cost } = sweep;
  if (cost === undefined) return [];
  const { steps } = cost;
  if (steps === undefined)
    return [["Time", formatDuration(cost.dylora), `a search over ranks: ${formatDuration(cost.search)}`]];
  const [one, search] = [steps.dylora, steps.search].map((count) => formatCount(Math.round(count)));
  return [["Training steps", one!, `a search over ranks: ${search}`]];
}

/** The curves and their numbers. */
export function ranksSection(sweep: SweepFile, charts: ReportCharts): Markup {
  const { curves, recommendation } = sweep;
  const areas = auracSentence(sweep);
  const several = curves.length > 1;
  const main = several ? comparisonTable(sweep) : curveTable(sweep, mainCurve(sweep), recommendation?.rank);
  const details = html`<details><summary>Every number of each curve</summary>
${curves.map((curve, i) => curveTable(sweep, curve, i === 0 ? recommendation?.rank : undefined))}</details>
`;
  return section(
    "ranks",
    "Every rank",
    html`${figure(charts.metric, html`${capitalised(readingNote(sweep))}. ${baselineSentence(sweep)} ${missingNotes(sweep).join(" ")}`)}
${main}
${several ? html`${totalsTable(sweep)}${details}` : areas && html`<p>${areas}</p>`}`,
  );
}

/** What one run saved. */
export function costSection(sweep: SweepFile, charts: ReportCharts): Markup | undefined {
  const { cost } = sweep;
  if (!charts.cost || !cost) return undefined;
  const ranks = cost.ranks === undefined ? "each rank" : `each of ${formatCounted(cost.ranks, "rank")}`;
  const projected = cost.projected ? " It is projected from the ranks that LoRA was trained at." : "";
  const caption = `The search is plain LoRA, trained and evaluated at ${ranks}.${projected} Steps and CPU time are of the training; the wall-clock time holds the evaluation too, and depends on what else the machine does.`;
  return section("cost", "Cost", html`${costTable(sweep)}${figure(charts.cost, html`${caption}`)}`);
}

/** How training went. */
export function trainingSection(sweep: SweepFile, charts: ReportCharts): Markup | undefined {
  if (!charts.loss && !charts.progress) return undefined;
  const { metric } = sweep.task;
  return section(
    "training",
    "Training",
    html`${charts.loss && figure(charts.loss, html`Training loss: single steps (thin) and the moving average (strong).`)}
${charts.progress && figure(charts.progress, html`${capitalised(metric.name)} of some ranks during training.`)}`,
  );
}

/** Outputs of every rank side by side. */
export function samplesSection({ samples = [] }: SweepFile): Markup | undefined {
  if (samples.length === 0) return undefined;
  const blocks = samples.map(({ input, references = [], outputs }, i) => {
    const rows = [
      ...references.map((text) => html`<tr><th scope="row">reference</th><td class="prose">${text}</td></tr>\n`),
      ...outputs.map(
        ({ rank, text }) => html`<tr><th scope="row">rank ${rank}</th><td class="prose">${text}</td></tr>\n`,
      ),
    ];
    const head = html`<tr><th scope="col">Written by</th><th scope="col" class="prose">Text</th></tr>`;
    return html`<h3>Example ${i + 1}</h3><p class="path">${input}</p>${scrollingTable(`Outputs for example ${i + 1}`, head, rows)}`;
  });
  return section("samples", "Outputs side by side", html`${blocks}`);
}

/** How to export and use the rank; nothing where there is no run folder to export from. */
export function useSection(sweep: SweepFile): Markup | undefined {
  if (!sweep.run) return undefined;
  const commands = exportCommands(sweep).map(
    ({ explanation, command }) => html`<p>${explanation}:</p>${shell(command)}`,
  );
  const done =
    sweep.exported && html`<p>It has been exported to <span class="path">${sweep.exported}</span> already.</p>`;
  return section(
    "use",
    `Use rank ${rankToUse(sweep)}`,
    html`${done}${commands}<p>Load it in Python with Hugging Face PEFT:</p>${code(peftSnippet(sweep), "Python")}`,
  );
}

/** All that is needed to get the same numbers again. */
export function repeatSection(sweep: SweepFile): Markup {
  const { settings, engine, versions, model, task } = sweep;
  const command = commandLine(sweep);
  const rows: [string, string][] = [
    ["base model", model.base],
    ["architecture", `${model.architecture}, ${formatCount(model.parameters)} parameters`],
    ["evaluated on", `${formatCount(task.examples)} examples`],
    ...Object.entries(settings).map(([name, value]): [string, string] => [
      name,
      value === null ? "none" : String(value),
    ]),
    ["backend", engine.detail === undefined ? engine.name : `${engine.name} (${engine.detail})`],
    [
      "versions",
      Object.entries(versions)
        .map((entry) => entry.join(" "))
        .join(", "),
    ],
  ];
  const head = html`<tr><th scope="col">Setting</th><th scope="col" class="prose">Value</th></tr>`;
  const body = rows.map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td class="prose">${value}</td></tr>\n`,
  );
  return section(
    "repeat",
    "Repeat it",
    html`${command && shell(command)}${scrollingTable("Settings and versions", head, body)}`,
  );
}
