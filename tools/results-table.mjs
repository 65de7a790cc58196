// Prints a comparison or sweep file as a Markdown table, for docs/results.md.
//
//   node tools/results-table.mjs FILE.json [FILE.json ...]
//
// Several files of the same task (a DyLoRA sweep and LoRA sweeps, say) are put side by side.
import { readFileSync } from "node:fs";

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error("usage: node tools/results-table.mjs FILE.json [FILE.json ...]");
  process.exit(2);
}

const number = (value, digits = 3) => (value == null || Number.isNaN(value) ? "–" : value.toFixed(digits));
const duration = (seconds) => `${Math.round(seconds)} s`;
const deviation = (values) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
};

/** A point: the mean and, over several seeds, their standard deviation; else the confidence interval. */
function cell(point) {
  if (point === undefined) return "–";
  const seeds = (point.perSeed ?? []).filter((value) => value !== null);
  if (seeds.length > 1) return `${number(point.metric)} ± ${number(deviation(seeds))}`;
  return point.low == null
    ? number(point.metric)
    : `${number(point.metric)} [${number(point.low)}, ${number(point.high)}]`;
}

const sweeps = files.map((file) => JSON.parse(readFileSync(file, "utf8")));
const curves = sweeps.flatMap(({ curves }) => curves);
const ranks = [...new Set(curves.flatMap(({ points }) => points.map(({ rank }) => rank)))].sort((a, b) => a - b);
const at = (curve, rank) => curve.points.find((point) => point.rank === rank);
const parameters = (rank) =>
  curves.map((curve) => at(curve, rank)).find((point) => point !== undefined)?.parameters.lora;

console.log(`| rank | LoRA parameters | ${curves.map(({ name }) => name).join(" | ")} |`);
console.log(`|---|---|${curves.map(() => "---|").join("")}`);
for (const rank of ranks) {
  const cells = curves.map((curve) => cell(at(curve, rank)));
  console.log(`| ${rank} | ${parameters(rank)?.toLocaleString("en")} | ${cells.join(" | ")} |`);
}
console.log(`| AURAC (log2) | | ${curves.map(({ aurac }) => number(aurac?.log2)).join(" | ")} |`);
console.log(`| training | | ${curves.map(({ trainSeconds }) => duration(trainSeconds)).join(" | ")} |`);
console.log(`| evaluation | | ${curves.map(({ sweepSeconds }) => duration(sweepSeconds)).join(" | ")} |`);
for (const { cost } of sweeps) {
  if (cost === undefined) continue;
  const share = cost.ratio < 1 ? `1/${(1 / cost.ratio).toFixed(1)}` : cost.ratio.toFixed(2);
  console.log(`\nDyLoRA with its sweep ${duration(cost.dylora)}, the search ${duration(cost.search)}: ${share}.`);
}
