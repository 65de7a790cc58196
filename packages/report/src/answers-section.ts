import { formatCount, formatCounted } from "./format-number.ts";
import { html, type Markup } from "./markup.ts";
import { section } from "./page-parts.ts";
import { scrollingTable } from "./page-tables.ts";
import { rankToUse } from "./snippets.ts";
import type { ConfusionMatrices, SweepFile, WrongAnswers } from "./sweep-file.ts";

type Matrix = ConfusionMatrices["ranks"][number];

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Strength of a cell's background, 0 to 4, by its share of the row. */
const strength = (count: number, row: readonly number[]): number =>
  count === 0 ? 0 : Math.ceil((4 * count) / sum(row));

/** How often each class was answered where each was right. */
function matrixTable(labels: readonly string[], { rank, counts }: Matrix): Markup {
  const head = html`<tr><th scope="col">True class</th>${labels.map((label) => html`<th scope="col">${label}</th>`)}<th scope="col">Right</th></tr>`;
  const rows = counts.map((row, right) => {
    const cells = row.map((count, answer) => {
      const shade = strength(count, row);
      const value = answer === right ? html`<strong>${formatCount(count)}</strong>` : formatCount(count);
      return html`<td${shade > 0 && html` class="shade-${shade}"`}>${value}</td>`;
    });
    const share = sum(row) === 0 ? "" : `${Math.round((100 * (row[right] ?? 0)) / sum(row))}%`;
    return html`<tr><th scope="row">${labels[right]}</th>${cells}<td class="interval">${share}</td></tr>\n`;
  });
  return scrollingTable(`Rank ${rank}: the true class downward, the answer to the right`, head, rows);
}

/** A fold for each rank, the chosen one open; opening one closes the others. */
function matrices({ labels, ranks }: ConfusionMatrices, chosen: number): Markup[] {
  return ranks.map((matrix) => {
    const right = sum(matrix.counts.map((row, id) => row[id] ?? 0));
    const all = sum(matrix.counts.map(sum));
    return html`<details name="confusion"${matrix.rank === chosen && html` open="open"`}><summary>Rank ${matrix.rank}: ${formatCount(right)} of ${formatCount(all)} right</summary>
${matrixTable(labels, matrix)}</details>
`;
  });
}

function wrongTable({ rank, count, examples }: WrongAnswers): Markup | undefined {
  if (examples.length === 0) return undefined;
  const head = html`<tr><th scope="col" class="prose">Text</th>${["True class", "Answer"].map((name) => html`<th scope="col" class="prose class">${name}</th>`)}</tr>`;
  const rows = examples.map(
    ({ input, expected, given }) =>
      html`<tr><td class="prose">${input}</td><td class="prose class">${expected}</td><td class="prose class">${given}</td></tr>\n`,
  );
  const shown = examples.length === count ? "" : `${examples.length} of `;
  return html`<h3>Wrong answers</h3>
${scrollingTable(`Rank ${rank}: ${shown}${formatCounted(count, "wrong answer")}`, head, rows)}`;
}

/** Which classes are taken for which, and some wrong answers. */
export function answersSection(sweep: SweepFile): Markup | undefined {
  const { confusion, wrongAnswers } = sweep;
  if (confusion === undefined && wrongAnswers === undefined) return undefined;
  return section(
    "answers",
    "Answers",
    html`${confusion && matrices(confusion, rankToUse(sweep))}${wrongAnswers && wrongTable(wrongAnswers)}`,
  );
}
