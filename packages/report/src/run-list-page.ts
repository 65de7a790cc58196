import { formatCounted } from "./format-number.ts";
import { html, type Markup } from "./markup.ts";
import { pageFrame } from "./page-frame.ts";
import { pageStyle } from "./page-style.ts";
import { scrollingTable } from "./page-tables.ts";
import type { ListedRun, RunList } from "./run-list.ts";
import { commonMetric, runColumns, settingText } from "./run-list-columns.ts";
import { runListNotes } from "./run-list-notes.ts";

/** A list has many columns: it may take the whole width, and the name of a run stays when its line is scrolled. */
const listStyle = `
body { max-width: 90rem; }
.words { text-align: left; }
.scroll tbody th { position: sticky; left: 0; background: var(--paper); }
ul { margin: 0 0 1rem; padding-left: 1.2rem; }
@media (max-width: 36rem) { .scroll tbody th { min-width: 7rem; max-width: 9rem; white-space: normal; overflow-wrap: anywhere; } }
`;

const items = (lines: readonly string[]): Markup | false =>
  lines.length > 0 && html`<ul>${lines.map((line) => html`<li>${line}</li>\n`)}</ul>\n`;

function runsTable(list: RunList): Markup {
  const columns = runColumns(list);
  const cellClass = (words: boolean) => words && html` class="words"`;
  const head = html`<tr>${columns.map(({ head, words }) => html`<th scope="col"${cellClass(words)}>${head.join(", ")}</th>`)}</tr>`;
  const rows = list.runs.map((_, row) => {
    const cells = columns.map(({ cells, words, best }, place) => {
      const text = cells[row];
      if (place === 0) return html`<th scope="row">${text}</th>`;
      return html`<td${cellClass(words)}>${best === row ? html`<strong>${text}</strong>` : text}</td>`;
    });
    return html`<tr>${cells}</tr>\n`;
  });
  return scrollingTable("Runs side by side: the settings that differ, and the metric at each rank", head, rows);
}

/** What all runs have in common. */
function sharedSettings({ runs, differing }: RunList): [string, string][] {
  const [first] = runs;
  if (first === undefined) return [];
  return Object.entries(first.settings)
    .map(([name, value]): [string, string] => [name, settingText(name, value)])
    .filter(([name, text]) => text !== "" && !differing.includes(name));
}

function sharedSection(list: RunList): Markup | undefined {
  const shared = sharedSettings(list);
  if (list.runs.length < 2 || shared.length === 0) return undefined;
  const head = html`<tr><th scope="col">Setting</th><th scope="col" class="prose">Value</th></tr>`;
  const rows = shared.map(
    ([name, text]) => html`<tr><th scope="row">${name}</th><td class="prose">${text}</td></tr>\n`,
  );
  return html`<section aria-labelledby="shared"><h2 id="shared">The same in all runs</h2>
${scrollingTable("Settings that all runs share", head, rows)}</section>
`;
}

const tasksOf = (runs: readonly ListedRun[]): string[] => [...new Set(runs.map(({ task }) => task))];

/**
 * A list of runs as one self-contained page, in the form of the report: style inside, no script, nothing fetched.
 *
 * @param created when the list was made, ISO 8601
 * @returns the text of an HTML file
 */
export function runListPage(list: RunList, created: string): string {
  const { runs } = list;
  const metric = commonMetric(runs);
  const tasks = tasksOf(runs);
  const title = `${tasks.length === 1 ? `${tasks[0]}: ` : ""}${formatCounted(runs.length, "run")}${metric === undefined ? "" : `, ${metric}`}`;
  const { count, star, broken, others, changes, warnings } = runListNotes(list);
  const body = html`<header>
<p class="kicker">dylora runs</p>
<h1>${title}</h1>
<p>${count}${others && html` ${others}`}</p>
${broken && html`<p class="warning"><strong>${broken.count}</strong></p>\n${items(broken.each)}`}</header>
<main>
<section aria-labelledby="runs"><h2 id="runs">Side by side</h2>
${runs.length > 0 && runsTable(list)}${star && html`<p>${star}</p>\n`}${items(changes)}${warnings.map((warning) => html`<p class="warning"><strong>Warning.</strong> ${warning}</p>\n`)}</section>
${sharedSection(list)}</main>
`;
  return pageFrame({ title, style: pageStyle + listStyle, body, created });
}
