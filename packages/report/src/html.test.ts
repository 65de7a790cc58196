import { createHash } from "node:crypto";
import { XmlElement } from "@rgrove/parse-xml";
import { expect, test } from "vitest";
import { makeComparison, makeCurve, makePoint, makeSweep } from "./fixtures/sweeps.ts";
import { elementsOf, named, parsedElements } from "./fixtures/xml-elements.ts";
import { htmlReport } from "./html.ts";
import { pageScript, pageScriptHash } from "./page-script.ts";
import { pageStyle } from "./page-style.ts";
import type { SweepFile } from "./sweep-file.ts";

/** The report's elements; the page is well-formed XML, so a strict parser finds every unescaped or unclosed thing. */
async function report(sweep: SweepFile): Promise<{ page: string; all: XmlElement[] }> {
  const page = await htmlReport(sweep);
  return { page, all: parsedElements(page) };
}

const reports = { sweep: report(makeSweep()), comparison: report(makeComparison()) };

test("one file that needs nothing else: no address, nothing to fetch", async () => {
  for (const made of Object.values(reports)) {
    const { page, all } = await made;
    const names = new Set(all.map(({ name }) => name));
    expect(named(all, "script").map(({ text }) => text)).toEqual([pageScript]);
    expect(page).toContain(`script-src '${pageScriptHash}'`);
    for (const name of ["link", "img", "iframe", "object", "image", "use"]) expect(names).not.toContain(name);
    for (const { attributes } of all) {
      for (const name of Object.keys(attributes)) expect(name).not.toMatch(/^(on|src|href|xlink:href|style)/u);
    }
    const addresses = new Set(page.match(/\b[a-z]+:\/\/[^"'\s<]+/gu));
    expect([...addresses]).toEqual(["http://www.w3.org/2000/svg"]);
    expect(page).not.toMatch(/@import|url\(/u);
  }
});

test("the policy lets the page's own script run and no other", () => {
  expect(pageScriptHash).toBe(`sha256-${createHash("sha256").update(pageScript).digest("base64")}`);
});

test("how often a class was taken for another, a fold for each rank, the chosen one open", async () => {
  const { all } = await reports.sweep;
  const folds = named(all, "details").filter(({ attributes }) => attributes["name"] === "confusion");
  expect(folds.map(({ attributes }) => attributes["open"])).toEqual([undefined, "open", undefined]);
  expect(named(elementsOf(folds[1]!), "summary")[0]?.text).toBe("Rank 4: 862 of 1,000 right");
  const rows = named(elementsOf(named(elementsOf(folds[1]!), "tbody")[0]!), "tr");
  const cells = rows.map((row) =>
    elementsOf(row)
      .filter(({ name }) => name === "td")
      .map(({ text }) => text),
  );
  expect(cells[1]).toEqual(["20", "254", "26", "85%"]);
  const wrong = named(all, "table").find(({ text }) => text.includes("2 of 138 wrong answers"));
  expect(wrong?.text).toContain("The Eagle is a pub that few <b>praise</b>.lowaverage");
});

test("what a model must beat is said below the curves", async () => {
  const { all } = await reports.sweep;
  expect(named(all, "figcaption")[0]?.text).toContain(
    'Always answering "average", the most frequent class, gives accuracy 0.312.',
  );
});

/** A page as text to compare: style, script and the strokes of pictures left out. */
const normalised = (page: string): string =>
  page
    .replace(/<style>.*?<\/style>/su, "<style/>")
    .replace(/<script>.*?<\/script>/su, "<script/>")
    .replace(/<svg[^>]*>(<title.*?<\/title>)(<desc.*?<\/desc>).*?<\/svg>/gsu, "<svg>$1$2</svg>")
    .replace(/chart-[a-z\d]+/gu, "chart");

test("the pages as a whole", async () => {
  for (const [name, made] of Object.entries(reports)) {
    const { page } = await made;
    await expect(normalised(page)).toMatchFileSnapshot(`__snapshots__/${name}.html.txt`);
  }
});

test("says what was trained, which rank to use and why, what it cost, how to use and repeat it", async () => {
  const { all } = await reports.sweep;
  const text = named(all, "body")[0]!.text;
  for (const part of [
    "customer rating (E2E): accuracy at every rank",
    "Rank 4 is the smallest rank safely within 0.01 of the best (rank 7, accuracy 0.841)",
    "DyLoRA adapted roberta (examples/quickstart/model, 513K parameters) on 4,000 examples",
    "Training steps300 a search over ranks: 2,400",
    "CPU time36.4 s4 min 52 s12% (1/8)",
    "Wall-clock time51.2 s5 min 50 s15% (1/6.8)",
    "dylora export runs/quickstart --rank 4 --out runs/quickstart/export/rank-4",
    'PeftModel.from_pretrained(model, "runs/quickstart/export/rank-4")',
    "dylora sweep runs/quickstart --epsilon 0.01",
    "tfjs wasm 4.22.0, SIMD, 1 thread",
    "uniform(1..8)",
    "Made by dylora on 3 February 2026, 10:20 UTC.",
    "dylora 0.1.0, node 20.20.2, @tensorflow/tfjs-core 4.22.0",
  ]) {
    expect(text).toContain(part);
  }
});

test("landmarks, headings in order, tables with captions and scopes, pictures with titles, no id twice", async () => {
  for (const made of Object.values(reports)) {
    const { all } = await made;
    expect(all[0]?.attributes["lang"]).toBe("en");
    for (const name of ["header", "main", "footer", "h1"]) expect(named(all, name)).toHaveLength(1);
    expect(named(elementsOf(named(all, "head")[0]!), "title")).toHaveLength(1);
    const ids = all.map(({ attributes }) => attributes["id"]).filter((id) => id !== undefined);
    expect(new Set(ids).size).toBe(ids.length);
    const labels = all.flatMap(({ attributes }) => attributes["aria-labelledby"]?.split(" ") ?? []);
    expect(labels.length).toBeGreaterThan(5);
    for (const id of labels) expect(ids).toContain(id);
    for (const table of named(all, "table")) {
      expect(table.children.find((child) => child instanceof XmlElement)).toMatchObject({ name: "caption" });
      for (const head of named(elementsOf(table), "th"))
        expect(head.attributes["scope"]).toMatch(/^(row|col|colgroup)$/u);
    }
    for (const svg of named(all, "svg")) expect(svg.attributes["role"]).toBe("img");
  }
});

test("a row for each rank, the recommended and the best one marked", async () => {
  const { all } = await reports.sweep;
  const rows = named(elementsOf(named(all, "tbody")[0]!), "tr");
  expect(rows).toHaveLength(8);
  expect(rows[3]?.attributes["class"]).toBe("picked");
  expect(rows[3]?.text).toContain("recommended");
  expect(rows[6]?.text).toContain("best");
  for (const row of rows) expect(elementsOf(row).filter(({ name }) => /^t[hd]$/u.test(name))).toHaveLength(7);
});

test("a comparison: curves side by side, every row of one length, each curve in full below", async () => {
  const { all } = await reports.comparison;
  const tables = named(all, "table");
  const rows = named(elementsOf(named(elementsOf(tables[0]!), "tbody")[0]!), "tr");
  expect(rows).toHaveLength(8);
  for (const row of rows) expect(elementsOf(row).filter(({ name }) => /^t[hd]$/u.test(name))).toHaveLength(1 + 2 * 3);
  expect(tables[1]?.text).toContain("331.7");
  const details = named(all, "details")[0]!;
  expect(named(elementsOf(details), "table")).toHaveLength(3);
  expect(details.text).toContain("0.800  0.815  0.818");
});

test("nothing from the file becomes markup", async () => {
  const evil = `</style><script>alert("1")</script><img src=x onerror='alert(2)'>&amp; \u0000`;
  const sweep = makeSweep();
  const { page, all } = await report({
    ...sweep,
    command: ["dylora", evil],
    run: evil,
    exported: evil,
    created: evil,
    task: { ...sweep.task, name: evil, metric: { name: evil, higherIsBetter: true } },
    model: { ...sweep.model, architecture: evil, base: evil },
    engine: { name: evil, detail: evil },
    versions: { [evil]: evil },
    settings: { [evil]: evil },
    curves: [
      { ...makeCurve(evil, evil, [0]), points: [makePoint(4, 0.5, { metrics: { [evil]: 1 } })] },
      makeCurve("other", evil, [0.1, null]),
    ],
    confusion: { labels: [evil], ranks: [{ rank: 4, counts: [[1]] }] },
    wrongAnswers: { rank: 4, count: 1, examples: [{ input: evil, expected: evil, given: evil }] },
    samples: [{ input: evil, references: [evil], outputs: [{ rank: 1, text: evil }] }],
  });
  expect(named(all, "script").map(({ text }) => text)).toEqual([pageScript]);
  expect(named(all, "img")).toEqual([]);
  expect(page.match(/<script/gu)).toHaveLength(1);
  expect(page).not.toMatch(/<img|(?![\n\t])\p{Cc}/u);
  expect(named(all, "h1")[0]?.text).toContain('<script>alert("1")</script>');
});

test("parts without data are left out, undefined numbers read n/a", async () => {
  const sweep = makeSweep({
    curves: [makeCurve("DyLoRA", "dylora", [null, 0.5], { aurac: undefined })],
    recommendation: undefined,
    cost: undefined,
    training: undefined,
    confusion: undefined,
    wrongAnswers: undefined,
    run: undefined,
    exported: undefined,
  });
  const { page, all } = await report(sweep);
  expect(named(all, "h2").map(({ text }) => text)).toEqual(["Every rank", "Repeat it"]);
  expect(named(all, "table")[0]?.text).toContain("n/a");
  expect(named(all, "figcaption")[0]?.text).toContain("accuracy is not defined at rank 1, left out.");
  expect(page).not.toMatch(/NaN|undefined/u);
});

test("outputs of every rank stand below one another with their references", async () => {
  const outputs = [1, 4, 8].map((rank) => ({ rank, text: `Aromi is a pub, says rank ${rank}.` }));
  const samples = [{ input: "name[Aromi], eatType[pub]", references: ["Aromi is a pub."], outputs }];
  const { all } = await report(makeSweep({ samples }));
  const table = named(all, "table").find(({ text }) => text.includes("Outputs for example 1"))!;
  const rows = named(elementsOf(named(elementsOf(table), "tbody")[0]!), "tr").map(({ text }) => text.trim());
  expect(rows).toHaveLength(4);
  expect(rows[0]).toContain("Aromi is a pub.");
  expect(rows[3]).toBe("rank 8Aromi is a pub, says rank 8.");
});

/** Relative luminance of a hex colour, WCAG 2.2. */
function luminance(hex: string): number {
  const digits = hex.length === 4 ? [...hex.slice(1)].map((digit) => digit + digit) : hex.slice(1).match(/../gu)!;
  const [r, g, b] = digits.map((pair) => {
    const value = Number.parseInt(pair, 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

test("text has a contrast of 4.5 to every background, curves one of 3, in light, dark and print", () => {
  const palettes = pageStyle
    .split(":root")
    .slice(1)
    .map((block) =>
      Object.fromEntries(
        [...block.split("}")[0]!.matchAll(/--([\w-]+): (#[\da-f]+)/gu)].map((match) => [match[1], match[2]]),
      ),
    );
  expect(palettes).toHaveLength(3);
  for (const colors of palettes) {
    for (const paper of [colors["paper"], colors["raised"], colors["pick"]]) {
      for (const text of [colors["ink"], colors["muted"], colors["accent"]]) {
        expect(contrast(text!, paper!)).toBeGreaterThanOrEqual(4.5);
      }
    }
    for (let i = 1; i <= 6; i++) expect(contrast(colors[`series-${i}`]!, colors["paper"]!)).toBeGreaterThanOrEqual(3);
  }
});
