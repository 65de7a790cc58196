import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { displayWidth } from "./display-width.ts";
import { makeComparison, makeCurve, makeSweep } from "./fixtures/sweeps.ts";
import { terminalChart } from "./terminal-chart.ts";

/** The rows of the plot, without labels and wall. */
function plot(chart: string): string[] {
  return chart
    .split("\n")
    .filter((line) => /[│|]/u.test(line))
    .map((line) => line.replace(/^[^│|]*[│|]/u, ""));
}

function count(text: string, mark: string): number {
  return text.split(mark).length - 1;
}

test("a mark for each point, an arrow at the recommended rank", () => {
  const chart = terminalChart(makeSweep());
  const rows = plot(chart);
  expect(rows).toHaveLength(13);
  expect(count(rows.join("\n"), "●")).toBe(8);
  const lines = chart.split("\n");
  const ranks = lines.find((line) => line.endsWith("rank"))!;
  const arrow = lines.find((line) => line.includes("recommended"))!;
  expect(ranks.trim().split(/ +/u)).toEqual(["1", "2", "3", "4", "5", "6", "7", "8", "rank"]);
  expect(arrow.indexOf("↑")).toBe(ranks.indexOf("4"));
});

test("marks stand above their ranks and rise with the metric", () => {
  const rising = [0.1, 0.4, 0.5, 0.8].map((metric, i) => ({ metric, rank: 2 ** i }));
  const curve = makeCurve("x", "dylora", [0.1, 0.4, 0.5, 0.8], { ranks: rising.map(({ rank }) => rank) });
  const points = curve.points.map((point) => ({ ...point, low: null, high: null }));
  const chart = terminalChart(makeSweep({ curves: [{ ...curve, points }], recommendation: undefined }), { height: 15 });
  const rows = chart.split("\n").filter((line) => line.includes("│"));
  const labels = chart.split("\n").find((line) => line.endsWith("rank"))!;
  const places = rising.map(({ rank, metric }) => {
    const row = rows.findIndex((line) => line[labels.indexOf(String(rank))] === "●");
    // 0.8 is the top row, 0.1 the bottom one.
    expect(row).toBe(Math.round(((0.8 - metric) / 0.7) * 14));
    return row;
  });
  expect(places).toEqual([...places].sort((a, b) => b - a));
  expect(rows[0]).toMatch(/^ *0\.800 │/u);
  expect(rows.at(-1)).toMatch(/^ *0\.100 │/u);
});

test("several curves have marks of their own and a legend", () => {
  const chart = terminalChart(makeComparison(), { height: 30 });
  expect(chart).toMatch(/● DyLoRA\n +■ LoRA trained at each rank\n +▲ LoRA rank 8, cut$/u);
  expect(count(plot(chart).join("\n"), "▲")).toBeGreaterThanOrEqual(6);
});

test("no line runs through a rank that a curve was not measured at", () => {
  const dylora = makeCurve("DyLoRA", "dylora", [0.1, 0.1, 0.1, 0.1, 0.1]);
  const lora = (ranks: number[]) =>
    makeCurve(
      "LoRA",
      "lora",
      ranks.map(() => 0.9),
      { ranks },
    );
  const top = (ranks: number[]) =>
    plot(terminalChart(makeSweep({ curves: [dylora, lora(ranks)], recommendation: undefined })))[0]!.trim();
  expect(top([1, 5])).toMatch(/^■ +■$/u);
  expect(top([1, 2, 5])).toMatch(/^■[^ ]+■ +■$/u);
});

test("ASCII, and colours only when asked for", () => {
  expect(terminalChart(makeComparison(), { unicode: false })).toMatch(/^[\n -~]*$/u);
  const plain = terminalChart(makeComparison());
  const coloured = terminalChart(makeComparison(), { color: true });
  expect(plain).not.toContain("\u001B");
  expect(coloured).not.toBe(plain);
  expect(stripVTControlCharacters(coloured)).toBe(plain);
});

test("one point, a flat curve, a gap, nothing at all", () => {
  const chart = (metrics: (number | null)[]) =>
    terminalChart(makeSweep({ curves: [makeCurve("x", "dylora", metrics)], recommendation: undefined }));
  expect(count(chart([0.5]), "●")).toBe(1);
  expect(count(chart([0.5, 0.5, 0.5]), "●")).toBe(3);
  expect(count(chart([0.5, null, 0.6]), "●")).toBe(2);
  expect(chart([null, Number.NaN])).toBe("accuracy is not defined at any rank.");
});

test("keeps to the width, whatever the curves", () => {
  fc.assert(
    fc.property(
      fc.array(fc.option(fc.double({ min: -1e3, max: 1e3, noNaN: true })), { minLength: 1, maxLength: 16 }),
      fc.integer({ min: 60, max: 160 }),
      fc.boolean(),
      (metrics, width, unicode) => {
        const curves = [makeCurve("x", "dylora", metrics), makeCurve("y".repeat(90), "lora", metrics)];
        const chart = terminalChart(makeSweep({ curves, recommendation: undefined }), { width, unicode });
        for (const line of chart.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(width);
        expect(chart).not.toMatch(/NaN|undefined|Infinity/u);
      },
    ),
    { numRuns: 200 },
  );
});
