import type { XmlElement } from "@rgrove/parse-xml";
import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { costChart, lossChart, metricChart, pageTheme, printTheme, progressChart } from "./chart.ts";
import { makeComparison, makeCurve, makeSweep } from "./fixtures/sweeps.ts";
import { elementsOf, named, parsedElements } from "./fixtures/xml-elements.ts";
import { movingAverage } from "./loss-chart.ts";

const warn = vi.spyOn(console, "warn");
/** Vega tells of bad specifications and infinite extents on the console alone. */
function warnings(): void {
  expect(warn.mock.calls.splice(0)).toEqual([]);
}
afterEach(warnings);

/** Parses an SVG and gives its elements, the root first. */
function drawn(svg: string | undefined): XmlElement[] {
  const all = parsedElements(svg!);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/u);
  return all;
}

function texts(all: readonly XmlElement[]): string[] {
  return named(all, "text").map(({ text }) => text);
}

/** Filled marks in a colour, those of the legend not counted. */
function points(all: readonly XmlElement[], color: string): number {
  const marks = all.filter(({ attributes }) => attributes["class"]?.includes("mark-symbol") === true);
  const inPlot = marks.filter(({ attributes }) => !attributes["class"]?.includes("legend"));
  return inPlot
    .flatMap((mark) => elementsOf(mark))
    .filter(({ name, attributes }) => name === "path" && attributes["fill"] === color).length;
}

test("one curve: a point for each rank, axes with titles, the advice, a band", async () => {
  const all = drawn(await metricChart(makeSweep()));
  expect(points(all, printTheme.series[0]!)).toBe(8);
  expect(texts(all)).toEqual(
    expect.arrayContaining([
      "customer rating (E2E): accuracy at every rank",
      "rank",
      "accuracy (higher is better)",
      "recommended: rank 4",
      "1",
      "8",
    ]),
  );
  expect(all.filter(({ attributes }) => attributes["class"]?.includes("mark-area"))).toHaveLength(1);
});

test("one labelled image on its own background, for those who do not see it as well", async () => {
  const [root, ...rest] = drawn(await metricChart(makeSweep()));
  expect(root?.attributes).toMatchObject({ role: "img", xmlns: "http://www.w3.org/2000/svg" });
  const ids = root!.attributes["aria-labelledby"]!.split(" ");
  const [title, description] = ids.map((id) => rest.find(({ attributes }) => attributes["id"] === id));
  expect(title?.name).toBe("title");
  expect(description?.text).toContain("DyLoRA: 0.811 at rank 1, 0.840 at rank 8; best 0.841 at rank 7.");
  expect(description?.text).toContain("Recommended: rank 4.");
  expect(rest.find(({ name }) => name === "rect")?.attributes["fill"]).toBe(printTheme.paper);
});

test("several curves: points, bars and seeds in each colour, a legend", async () => {
  const all = drawn(await metricChart(makeComparison()));
  // 8 ranks, each with a point and three seeds.
  for (const color of printTheme.series.slice(0, 3)) expect(points(all, color)).toBe(8 * 4);
  expect(texts(all)).toEqual(expect.arrayContaining(["DyLoRA", "LoRA trained at each rank", "LoRA rank 8, cut"]));
});

test("an undefined point is left out and named; the line does not bridge it", async () => {
  const curves = [makeCurve("DyLoRA", "dylora", [0.5, 0.6, null, 0.7, 0.8])];
  const all = drawn(await metricChart(makeSweep({ curves, recommendation: undefined })));
  expect(points(all, printTheme.series[0]!)).toBe(4);
  expect(texts(all).join(" ")).toContain("accuracy is not defined at rank 3, left out.");
  const line = all.find(({ attributes }) => attributes["class"]?.includes("mark-line"))!;
  const path = elementsOf(line).find(({ name }) => name === "path")!;
  expect(path.attributes["d"]?.match(/M/gu)).toHaveLength(2);
});

/** Lines of the plot, as so many separate strokes of two points or more. */
function strokes(all: readonly XmlElement[]): number {
  const paths = all
    .filter(({ attributes }) => attributes["class"]?.includes("mark-line"))
    .flatMap((mark) => named(elementsOf(mark), "path").map(({ attributes }) => attributes["d"] ?? ""));
  return paths.flatMap((path) => path.split("M")).filter((stroke) => stroke.includes("L")).length;
}

test("no line runs through a rank that a curve was not measured at", async () => {
  const dylora = makeCurve("DyLoRA", "dylora", [0.5, 0.6, 0.65, 0.7, 0.8]);
  const among = async (ranks: number[]) => {
    const lora = makeCurve(
      "LoRA trained at each rank",
      "lora",
      ranks.map((rank) => rank / 10),
      { ranks },
    );
    const all = drawn(await metricChart(makeSweep({ curves: [dylora, lora], recommendation: undefined })));
    expect(points(all, printTheme.series[1]!)).toBe(ranks.length);
    return strokes(all);
  };
  expect(await among([1, 5])).toBe(1);
  expect(await among([1, 2, 4, 5])).toBe(3);
  expect(await among([1, 2, 3, 4, 5])).toBe(2);
  // Ranks with gaps that both have are neighbours.
  const ranks = [1, 2, 4, 8];
  const pair = ["dylora", "lora"].map((kind) => makeCurve(kind, kind, [0.5, 0.6, 0.7, 0.8], { ranks }));
  expect(strokes(drawn(await metricChart(makeSweep({ curves: pair, recommendation: undefined }))))).toBe(2);
});

test("one rank, flat curves, no defined point", async () => {
  for (const metrics of [[0.5], [0.5, 0.5, 0.5], [0, 0]]) {
    const curve = makeCurve("DyLoRA", "dylora", metrics);
    const bare = { ...curve, points: curve.points.map((point) => ({ ...point, low: undefined, high: undefined })) };
    for (const one of [curve, bare]) {
      const all = drawn(await metricChart(makeSweep({ curves: [one], recommendation: undefined })));
      expect(points(all, printTheme.series[0]!)).toBe(metrics.length);
    }
  }
  const nothing = makeSweep({ curves: [makeCurve("DyLoRA", "dylora", [null, Number.NaN])], recommendation: undefined });
  expect(points(drawn(await metricChart(nothing)), printTheme.series[0]!)).toBe(0);
});

test("ranks with gaps get a logarithmic axis labelled at each of them, many ranks a thinned one", async () => {
  const ranks = [1, 2, 4, 8, 16, 64];
  const set = makeSweep({
    curves: [makeCurve("x", "dylora", [1, 2, 3, 4, 5, 6], { ranks })],
    recommendation: undefined,
  });
  const labels = texts(drawn(await metricChart(set)));
  expect(labels).toEqual(expect.arrayContaining(["rank (logarithmic scale)", ...ranks.map(String)]));
  const many = Array.from({ length: 64 }, (_, i) => i / 64);
  const dense = makeSweep({ curves: [makeCurve("x", "dylora", many)], recommendation: undefined });
  const dots = drawn(await metricChart(dense));
  expect(points(dots, printTheme.series[0]!)).toBe(64);
  expect(texts(dots).filter((text) => /^\d+$/u.test(text)).length).toBeLessThanOrEqual(20);
});

test("names are text, never markup, and long ones do not widen the picture", async () => {
  const name = `<script>alert(1)</script> & "quotes" ${"long ".repeat(40)}`;
  const sweep = makeSweep({ curves: [makeCurve(name, "x", [0.1, 0.2]), makeCurve("y", "y", [0.2, 0.3])] });
  const svg = await metricChart({ ...sweep, recommendation: undefined, task: { ...sweep.task, name } });
  expect(svg).not.toContain("<script");
  const [root, ...rest] = drawn(svg);
  expect(rest.map((element) => element.name)).not.toContain("script");
  expect(rest.find((element) => element.name === "title")?.text).toContain('<script>alert(1)</script> & "quotes"');
  const width = Number(root!.attributes["width"]);
  expect(width).toBeLessThan(760);
  // What common sans-serif fonts take a character.
  for (const { text, attributes } of named(rest, "text")) {
    const size = Number.parseFloat(attributes["font-size"]!);
    expect(text.length * size * 0.53).toBeLessThanOrEqual(width - 32);
  }
});

test("whatever the data, a well-formed picture with a mark for each defined point", async () => {
  const score = fc.oneof(
    { weight: 4, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(null, Number.NaN, Infinity, -Infinity, 0) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }),
      fc.dictionary(fc.integer({ min: 1, max: 4096 }).map(String), score, { minKeys: 1, maxKeys: 9 }),
      async (name, byRank) => {
        const ranks = Object.keys(byRank).map(Number);
        const metrics = ranks.map((rank) => byRank[rank]!);
        const sweep = makeSweep({ curves: [makeCurve(name, "x", metrics, { ranks })], recommendation: undefined });
        const all = drawn(await metricChart({ ...sweep, task: { ...sweep.task, name } }));
        expect(points(all, printTheme.series[0]!)).toBe(metrics.filter((metric) => Number.isFinite(metric)).length);
      },
    ),
    { numRuns: 25 },
  );
});

test("a page's theme has no colour of its own, no background and no heading", async () => {
  const options = { theme: pageTheme, heading: false };
  for (const svg of [await metricChart(makeComparison(), options), (await lossChart(makeSweep(), options))!]) {
    const all = drawn(svg);
    expect(texts(all).join(" ")).not.toContain("customer rating");
    const paints = all.flatMap(({ attributes }) => [attributes["fill"], attributes["stroke"]]).filter(Boolean);
    for (const paint of paints) expect(paint).toMatch(/^(var\(--[\w-]+\)|none|transparent)$/u);
  }
});

test("loss: raw and smoothed, undefined steps left out, long runs thinned", async () => {
  const all = drawn(await lossChart(makeSweep()));
  const paths = all
    .filter(({ attributes }) => attributes["class"]?.includes("mark-line"))
    .map((mark) => elementsOf(mark).find(({ name }) => name === "path")!.attributes["d"]!);
  expect(paths.map((path) => path.split(/[ML]/u).length - 1)).toEqual([300, 300]);
  expect(texts(all)).toEqual(expect.arrayContaining(["optimiser step", "training loss"]));
  const step = Array.from({ length: 5000 }, (_, i) => i + 1);
  const long = await lossChart(makeSweep({ training: { step, loss: step.map((i) => (i % 7 === 0 ? null : 1 / i)) } }));
  expect(drawn(long).length).toBeGreaterThan(0);
  expect(long!.length).toBeLessThan(60_000);
  expect(await lossChart(makeSweep({ training: undefined }))).toBeUndefined();
  expect(await lossChart(makeSweep({ training: { step: [1], loss: [null] } }))).toBeUndefined();
});

test("the moving average: means of what is there, brute force", () => {
  expect(movingAverage([1, 2, 6], 1)).toEqual([1, 2, 6]);
  expect(movingAverage([1, 2, 6], 3)).toEqual([1.5, 3, 4]);
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 1 }),
      fc.integer({ min: 1, max: 30 }),
      (values, window) => {
        const [before, after] = [Math.floor((window - 1) / 2), Math.ceil((window - 1) / 2)];
        for (const [i, smooth] of movingAverage(values, window).entries()) {
          const near = values.slice(Math.max(0, i - before), i + after + 1);
          expect(smooth).toBeCloseTo(near.reduce((sum, value) => sum + value, 0) / near.length, 9);
        }
      },
    ),
  );
});

test("cost: two bars in the ratio of the times, durations beside them, a unit that fits", async () => {
  const all = drawn(await costChart(makeSweep()));
  expect(texts(all)).toEqual(
    expect.arrayContaining(["51.2 s", "5 min 50 s", "wall-clock time (minutes)", "DyLoRA", "search"]),
  );
  const bars = elementsOf(all.find(({ attributes }) => attributes["class"]?.includes("mark-rect"))!);
  const widths = bars
    .filter(({ name, attributes }) => name === "path" && printTheme.series.includes(attributes["fill"] ?? ""))
    .map(({ attributes }) => Number(/h([\d.]+)/u.exec(attributes["d"]!)![1]));
  expect(widths).toHaveLength(2);
  expect(widths[0]! / widths[1]!).toBeCloseTo(51.2 / 349.6, 2);
  const unit = async (search: number) =>
    texts(drawn(await costChart(makeSweep({ cost: { dylora: 1, search, ratio: 1 / search } })))).join();
  expect(await unit(30)).toContain("(seconds)");
  expect(await unit(40_000)).toContain("(hours)");
  expect(await costChart(makeSweep({ cost: undefined }))).toBeUndefined();
  drawn(await costChart(makeSweep({ cost: { dylora: 0, search: 0, ratio: 0 } })));
});

test("progress: a line for each rank that was evaluated during training", async () => {
  const all = drawn(await progressChart(makeSweep()));
  const lines = all.filter(({ attributes }) => attributes["class"]?.includes("mark-line"));
  expect(lines.flatMap((line) => elementsOf(line).filter(({ name }) => name === "path"))).toHaveLength(3);
  const strengths = lines.flatMap((line) =>
    named(elementsOf(line), "path").map(({ attributes }) => attributes["opacity"]),
  );
  expect(strengths.map((strength) => Number(strength).toFixed(3))).toEqual(["0.450", "0.725", "1.000"]);
  expect(points(all, printTheme.series[0]!)).toBe(9);
  expect(await progressChart(makeSweep({ training: { step: [], loss: [] } }))).toBeUndefined();
});
