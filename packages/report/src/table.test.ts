import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { displayWidth } from "./display-width.ts";
import { makeComparison, makeCurve, makePoint, makeSweep } from "./fixtures/sweeps.ts";
import { rankTable } from "./table.ts";

/** Places of the columns, from the rule under the head: [start, end) of each. */
function columnsOf(table: string): [number, number][] {
  const rule = table.split("\n").find((line) => /^[─-]{4,}( {2,}[─-]+)+$/u.test(line))!;
  return [...rule.matchAll(/[─-]+/gu)].map((match) => [match.index, match.index + match[0].length]);
}

function rowsOf(table: string): string[] {
  return table.split("\n").filter((line) => /^\s*\d+ /u.test(line));
}

test("a row for each rank, numbers flush with the right edge of their column", () => {
  const table = rankTable(makeSweep(), { width: 100 });
  const rows = rowsOf(table);
  expect(rows).toHaveLength(8);
  const columns = columnsOf(table);
  expect(columns).toHaveLength(6);
  for (const row of rows) {
    for (const [start, end] of columns) {
      expect(row[end - 1]).toMatch(/[\d\]]/u);
      expect(row.slice(end, end + 2).trim()).toBe("");
      expect(row.slice(start, end).trim()).not.toBe("");
    }
  }
  expect(rows[3]).toMatch(/^ {3}4 +23,431 +0\.836 +\[0\.813, 0\.858\] +0\.474 +1\.18 {2}← recommended$/u);
  expect(rows[6]).toMatch(/← best$/u);
});

test("the recommended rank may be the best one", () => {
  const recommendation = { rank: 7, epsilon: 0.01, best: { rank: 7, metric: 0.841 } };
  expect(rowsOf(rankTable(makeSweep({ recommendation })))[6]).toMatch(/← recommended, best$/u);
});

test("where lower is better, the best is the lowest", () => {
  const sweep = makeSweep({ recommendation: undefined });
  const task = { ...sweep.task, metric: { name: "ter", higherIsBetter: false } };
  const table = rankTable({ ...sweep, task });
  expect(rowsOf(table)[0]).toMatch(/← best$/u);
  expect(table).toContain("ter on 1,000 examples, lower is better");
});

test("columns go by rank of importance where the terminal is narrow", () => {
  const head = (width: number) => rankTable(makeSweep(), { width }).split("\n")[0];
  expect(head(80)).toMatch(/rank +parameters +accuracy +95% interval +loss +seconds/u);
  expect(head(70)).toMatch(/rank +parameters +accuracy +95% interval +loss$/u);
  expect(head(50)).toMatch(/rank +parameters +accuracy$/u);
  expect(head(20)).toMatch(/rank +accuracy$/u);
});

test("colour only when asked for, and then only on top of the same text", () => {
  for (const sweep of [makeSweep(), makeComparison()]) {
    const plain = rankTable(sweep, { width: 100 });
    const coloured = rankTable(sweep, { width: 100, color: true });
    expect(plain).not.toContain("\u001B");
    expect(coloured).toContain("\u001B[1m");
    expect(stripVTControlCharacters(coloured)).toBe(plain);
  }
});

test("ASCII when asked for", () => {
  for (const width of [30, 60, 120])
    expect(rankTable(makeComparison(), { width, unicode: false })).toMatch(/^[\n -~]*$/u);
});

test("several curves stand side by side, with intervals where they fit", () => {
  const wide = rankTable(makeComparison(), { width: 110 });
  expect(rowsOf(wide)).toHaveLength(8);
  expect(rowsOf(wide)[0]).toMatch(
    /^ +1 +18,823 +0\.811 {2}\[0\.788, 0\.833\] +0\.818 {2}\[0\.795, 0\.840\] +0\.402 {2}\[0\.379, 0\.424\]$/u,
  );
  expect(rowsOf(wide)[6]).toContain("0.841*");
  expect(wide).toContain("mean of 3 seeds");
  const narrow = rankTable(makeComparison(), { width: 80 });
  expect(rowsOf(narrow)[0]).toMatch(/^ +1 +18,823 +0\.811 +0\.818 +0\.402$/u);
  for (const line of narrow.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(80);
});

test("several curves stand one below the other where they do not fit, the advice at the first alone", () => {
  const table = rankTable(makeComparison(), { width: 44 });
  expect(rowsOf(table)).toHaveLength(24);
  expect(table.match(/recommended/gu)).toHaveLength(1);
  for (const line of table.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(44 + 12);
});

test("curves over different ranks leave gaps, undefined metrics say so", () => {
  const curves = [
    makeCurve("a", "dylora", [0.5, null, 0.7], { ranks: [1, 2, 4] }),
    makeCurve("b", "lora", [0.6], { ranks: [2], aurac: undefined }),
  ];
  const table = rankTable(makeSweep({ curves, recommendation: undefined }), { width: 100 });
  expect(rowsOf(table).map((row) => row.trim().split(/ {2,}/u))).toMatchObject([
    ["1", "18,823", "0.500", "[0.477, 0.522]"],
    ["2", "20,359", "n/a", "0.600* [0.577, 0.622]"],
    ["4", "23,431", "0.700* [0.677, 0.722]"],
  ]);
});

test("further metrics have columns of their own", () => {
  const points = [1, 2].map((rank) => makePoint(rank, 0.6, { metrics: { BLEU: 61.234, NIST: 7.1 } }));
  const curves = [{ ...makeCurve("DyLoRA", "dylora", [0]), points }];
  const table = rankTable(makeSweep({ curves, recommendation: undefined }), { width: 120 });
  expect(table.split("\n")[0]).toMatch(/BLEU +NIST/u);
  expect(rowsOf(table)[0]).toMatch(/61\.23 +7\.100/u);
});

test("whatever the names are, lines keep their columns and hold no control characters", () => {
  fc.assert(
    fc.property(
      // A line of a wrapped name that begins with a digit looks like the row of a rank to this test.
      fc.uniqueArray(
        fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }).filter((name) => !/\d/u.test(name)),
        { minLength: 1, maxLength: 4 },
      ),
      fc.array(fc.option(fc.double({ min: -1, max: 100, noNaN: true })), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 10, max: 200 }),
      (names, metrics, width) => {
        const curves = names.map((name) => makeCurve(name, "x", metrics));
        const table = rankTable(makeSweep({ curves, recommendation: undefined }), { width });
        expect(table).not.toMatch(/(?!\n)\p{Cc}/u);
        expect(table).not.toMatch(/undefined|NaN|Infinity/u);
        const rows = rowsOf(table);
        expect(rows.length % metrics.length).toBe(0);
        expect(rows.length).toBeGreaterThanOrEqual(metrics.length);
        const [, end] = columnsOf(table)[0]!;
        for (const row of rows) expect(row.slice(0, end)).toMatch(/^ *\d+$/u);
      },
    ),
    { numRuns: 100 },
  );
});
