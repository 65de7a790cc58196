import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { EvaluateResult } from "@dylora/finetune";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CliRun, runCli } from "../fixtures/run-cli.ts";

let dir: string;
const at = (name: string): string => join(dir, name);
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "dylora-inputs-"));
});
afterAll(() => rm(dir, { recursive: true }));

type Content = string | Uint8Array;

/** Writes both files and scores them. */
async function score(
  [predictionName, predictions]: readonly [string, Content],
  [referenceName, references]: readonly [string, Content],
  ...args: string[]
): Promise<CliRun> {
  for (const [name, content] of [
    [predictionName, predictions],
    [referenceName, references],
  ] as const) {
    await mkdir(dirname(at(name)), { recursive: true });
    await writeFile(at(name), content);
  }
  return runCli([
    "evaluate",
    "--predictions",
    at(predictionName),
    "--references",
    at(referenceName),
    "--json",
    ...args,
  ]);
}

const resultOf = (run: CliRun) => run.json<EvaluateResult & Record<string, unknown>>();
const bleuOf = (run: CliRun): number | undefined => resultOf(run).metrics["BLEU"]?.score;
const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

const meanings = ["name[Aromi], eatType[pub]", "name[Wildwood]", "name[Cocum], area[riverside]"];
const texts = [
  "Aromi is a cheap pub near the river.",
  "Wildwood is a pub.",
  "Cocum lies in the riverside area, they say.",
];
const groups = [
  ["Aromi is a pub near the river.", "A cheap pub near the river is Aromi."],
  ["Wildwood is a fine pub."],
  ["Cocum lies at the riverside.", "They say that Cocum lies in the riverside area."],
];
const plain = ["p.txt", texts.join("\n")] as const;
const grouped = ["r.txt", groups.map((group) => group.join("\n")).join("\n\n")] as const;
const table = (rows: readonly (readonly string[])[], delimiter = ",") =>
  rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(delimiter)).join("\n");
const referenceTable = table([
  ["mr", "ref"],
  ...groups.flatMap((group, index) => group.map((text) => [meanings[index] as string, text])),
]);

describe("predictions", () => {
  let expected: number | undefined;
  beforeAll(async () => {
    expected = bleuOf(await score(plain, grouped));
    expect(expected).toBeGreaterThan(0.2);
    expect(expected).toBeLessThan(0.9);
  });

  test.each<[string, readonly [string, Content]]>([
    ["JSON Lines of generate", ["g.jsonl", lines(texts.map((text) => ({ tokens: [1, 2], text: ` ${text}` })))]],
    ["JSON Lines in a file of another name", ["g.txt", lines(texts.map((text) => ({ tokens: [1], text })))]],
    ["JSON Lines of transformers' pipeline", ["h.jsonl", lines(texts.map((text) => ({ generated_text: text })))]],
    ["JSON Lines with an end token", ["e.jsonl", lines(texts.map((text) => ({ text: `${text}<|endoftext|>More.` })))]],
    ["JSON Lines with a blank line", ["b.jsonl", lines(texts.map((text) => ({ text: `${text}\n\nMore.` })))]],
    ["Windows line ends", ["w.txt", texts.map((text) => `${text}\r\n`).join("")]],
    ["a byte-order mark", ["m.txt", `\ufeff${texts.join("\n")}`]],
    ["a table", ["t.csv", table([["MR", "output"], ...texts.map((text, i) => [meanings[i] as string, text])])]],
    ["a table of tabs", ["t.tsv", table([["output", "mr"], ...texts.map((text, i) => [text, `${i}`])], "\t")]],
    ["a table under another name", ["u.txt", `mr,output\n${texts.map((text, i) => `"m ${i}","${text}"`).join("\n")}`]],
    ["a table of texts alone", ["o.csv", table([["output"], ...texts.map((text) => [text])])]],
  ])("%s", async (_, file) => {
    const run = await score(file, grouped);
    expect(run.err).not.toMatch(/^dylora/m);
    expect(bleuOf(run)).toBe(expected);
    expect(resultOf(run)).toMatchObject({ instances: 3, references: 5, emptyPredictions: 0 });
  });

  test("of a perfect system score 1, in the form that generate writes", async () => {
    const run = await score(
      [
        "perfect.jsonl",
        lines(
          ["Aromi is a cheap pub near the river.", "Wildwood is a pub."].map((text) => ({
            tokens: [1],
            text: ` ${text}`,
          })),
        ),
      ],
      ["perfect.txt", "Aromi is a cheap pub near the river.\n\nWildwood is a pub.\n"],
    );
    expect(bleuOf(run)).toBeCloseTo(1, 12);
    expect(resultOf(run).metrics["chrF"]?.score).toBeCloseTo(100, 10);
  });

  test("several for each instance: the first is scored, where that is said", async () => {
    const both = ["k.jsonl", lines(texts.flatMap((text) => [{ text }, { text: "no" }]))] as const;
    expect(bleuOf(await score(both, grouped, "--num-return-sequences", "2"))).toBe(expected);
    const unsaid = await score(both, grouped);
    expect(unsaid.err).toMatch(
      /k\.jsonl, line 4: .*6 predictions .* 3 instances; .*--num-return-sequences 2 scores the first/,
    );
    expect(unsaid.code).toBe(2);
    expect((await score(both, grouped, "--num-return-sequences", "4")).err).toMatch(/4 does not divide/);
  });

  test("that are empty are counted and said", async () => {
    const run = await score(["x.jsonl", lines([{ text: texts[0] }, { text: "" }, { text: " \n\n " }])], grouped);
    expect(run.err).toMatch(/2 of 3 predictions are empty/);
    expect(resultOf(run).emptyPredictions).toBe(2);
  });

  test("in another order than the references are paired by what both are of", async () => {
    const order = [2, 0, 1];
    const rows = order.map((index) => ({ context: `${meanings[index]} =>`, text: texts[index] }));
    const run = await score(["order.jsonl", lines(rows)], ["refs.csv", referenceTable]);
    expect(run.err).toMatch(/another order .* references were found by what the texts are of/);
    expect(bleuOf(run)).toBeCloseTo(expected ?? Number.NaN, 12);
  });
});

describe("references", () => {
  let expected: number | undefined;
  beforeAll(async () => {
    expected = bleuOf(await score(plain, grouped));
  });

  test.each<[string, readonly [string, Content]]>([
    ["a table of E2E's", ["refs.csv", referenceTable]],
    ["a table of E2E's under another name", ["refs.txt", referenceTable.replace('"mr","ref"', "mr,ref")]],
    ["JSON Lines of all references", ["all.jsonl", lines(groups.map((references) => ({ references })))]],
    [
      "microsoft/LoRA's JSON Lines",
      [
        "formatted.jsonl",
        lines(
          groups.flatMap((group, index) =>
            group.map((completion) => ({ context: meanings[index], completion, cate: true })),
          ),
        ),
      ],
    ],
    [
      "microsoft/LoRA's E2E text",
      ["test.txt", groups.flatMap((group, index) => group.map((text) => `name : ${index}||${text}\n`)).join("")],
    ],
    ["blank lines with Windows line ends", ["win.txt", groups.map((group) => group.join("\r\n")).join("\r\n\r\n")]],
  ])("%s", async (_, file) => {
    const run = await score(plain, file);
    expect(run.err).not.toMatch(/^dylora/m);
    expect(bleuOf(run)).toBe(expected);
    expect(resultOf(run)).toMatchObject({ instances: 3, references: 5 });
  });

  test("WebNLG's own file, and the folder that gpt2_decode.py writes", async () => {
    const entry = (id: number, size: number, texts: readonly string[]) =>
      `<entry category="Food" eid="Id${id}" size="${size}"><modifiedtripleset><mtriple>A${id} | is | b</mtriple></modifiedtripleset>` +
      `${texts.map((text) => `<lex comment="good" lid="x">${text}</lex>`).join("")}<lex comment="toFix" lid="y">bad</lex></entry>`;
    const xml = `<benchmark><entries>${groups.map((group, index) => entry(index, 1, group)).join("")}</entries></benchmark>`;
    const paper = ["--task", "webnlg", "--lowercase", "--tokenize"];
    const own = await score(plain, grouped, ...paper);
    const scored = await score(plain, ["test.xml", xml], ...paper);
    expect(bleuOf(scored)).toBe(bleuOf(own));
    expect(scored.err).toMatch(/3 texts left out, whose comment is "toFix" and not "good"/);
    const files = [0, 1, 2, 3, 4, 5].map((file) => groups.map((group) => group[file] ?? group[0]).join("\n"));
    await mkdir(at("references_webnlg"));
    for (const [file, content] of files.entries())
      await writeFile(at(`references_webnlg/reference${file}`), `${content}\n`);
    const args = [
      "evaluate",
      "--predictions",
      at("p.txt"),
      "--references",
      at("references_webnlg"),
      "--json",
      ...paper,
    ];
    expect(bleuOf(await runCli(args))).toBe(bleuOf(own));
  });
});

describe("refused, with what would be right", () => {
  const refused = async (
    predictions: readonly [string, Content],
    references: readonly [string, Content],
    message: RegExp,
    ...args: string[]
  ) => {
    const { code, err } = await score(predictions, references, ...args);
    expect(err).toMatch(message);
    expect(err.match(/^dylora: /gm)).toHaveLength(1);
    expect(code).toBe(2);
  };
  const parquet = Buffer.from("PAR1\x15\x04\x15\x00PAR1", "latin1");

  test("a JSON array", () =>
    refused(
      ["a.json", JSON.stringify(texts)],
      grouped,
      /a\.json is one JSON document, .*; give a text a line, JSON Lines/,
    ));
  test("an array of objects, one a line", () =>
    refused(
      ["b.json", `[\n${texts.map((text) => JSON.stringify({ text })).join(",\n")}\n]`],
      grouped,
      /one JSON document/,
    ));
  test("a document over several lines", () =>
    refused(["c.json", JSON.stringify({ predictions: texts }, null, 2)], grouped, /one JSON document/));
  test("parquet", () => refused(["a.parquet", parquet], grouped, /a\.parquet is a parquet file; give a text a line/));
  test("parquet as references", () => refused(plain, ["a.txt", parquet], /a\.txt is a parquet file; give references/));
  test("UTF-16", () => refused(["u.txt", Buffer.from(`\ufeff${texts[0]}`, "utf16le")], grouped, /text in UTF-16/));
  test("XML as predictions", () => refused(["x.xml", "<benchmark/>"], grouped, /x\.xml is XML or another markup/));
  test("a table without a header", () =>
    refused(
      ["n.csv", texts.map((text) => `m,"${text}"`).join("\n")],
      grouped,
      /n\.csv has no column output; its header is/,
    ));
  test("a table with two columns of texts", () =>
    refused(["n.csv", "mr,output,sys\na,b,c\n"], grouped, /"output" and "sys" may both hold predictions/));
  test("a table whose rows do not fit its header", () =>
    refused(["n.csv", "mr,output\na,b\nc,d,e\n"], grouped, /n\.csv, line 3: 3 cells where the header has 2/));
  test("an open quote in a table", () =>
    refused(plain, ["q.csv", 'mr,ref\na,"b\nc,d\n'], /q\.csv, line 2: a quote is opened and never closed/));
  test("tokens without texts", () =>
    refused(["t.jsonl", lines([{ tokens: [1, 2], text: null }])], grouped, /line 1: "text" is null: .* no tokenizer/));
  test("ids of microsoft/LoRA's beam search", () =>
    refused(["t.jsonl", lines([{ id: 0, predict: [1, 2] }])], grouped, /t\.jsonl, line 1: a line is \{"text"/));
  test("two texts in a line", () =>
    refused(
      ["t.jsonl", lines([{ text: "a", output: "b" }])],
      grouped,
      /"text" and "output" may both be the prediction/,
    ));
  test("a line that is no JSON among lines that are", () =>
    refused(["t.jsonl", `${lines([{ text: "a" }])}b\n`], grouped, /t\.jsonl, line 2: not JSON/));
  test("JSON Lines the wrong way round", () =>
    refused(
      ["p.jsonl", lines(groups.map((references) => ({ references })))],
      ["r.jsonl", lines(texts.map((text) => ({ text })))],
      /p\.jsonl, line 1: it holds references and no prediction: .* the wrong way round/,
    ));
  test("texts the wrong way round", () =>
    refused(grouped, plain, /the wrong way round\? The predictions have blank lines/));
  test("predictions of other data", () =>
    refused(
      [
        "o.jsonl",
        lines([
          { context: "name[Zizzi]", text: "Zizzi." },
          { context: meanings[1], text: "a" },
          { context: meanings[2], text: "b" },
        ]),
      ],
      ["refs.csv", referenceTable],
      /o\.jsonl, line 1: .* has no references for "name\[Zizzi\]"; the files are not of the same data/,
    ));
  test("too few predictions of the same data", () =>
    refused(
      ["o.jsonl", lines([{ context: meanings[1], text: "a" }])],
      ["refs.csv", referenceTable],
      /1 predictions and .* for 3 instances/,
    ));
  test("empty lines at the end", () =>
    refused(
      ["z.txt", `${texts.join("\n")}\n\n\n`],
      grouped,
      /z\.txt, line 4: .* the last 2 lines are empty: remove them/,
    ));
});

test("one instance: CIDEr is said to be 0 by its definition", async () => {
  const run = await score(["one.txt", "a b c d e"], ["one-refs.txt", "a b c d e"]);
  expect(run.err).toMatch(/CIDEr is 0 by its definition/);
  expect(resultOf(run).metrics["CIDEr"]?.score).toBe(0);
});

test("a file against itself is said", async () => {
  await writeFile(at("self.txt"), texts.join("\n"));
  const { code, err } = await runCli(["evaluate", "--predictions", at("self.txt"), "--references", at("self.txt")]);
  expect(err).toMatch(/scored against itself/);
  expect(code).toBe(0);
});

test("a text for each line of a file that repeats its prompts: the first of each prompt is scored", async () => {
  const rows = groups.flatMap((group, i) => group.map((text) => ({ prompt: meanings[i], completion: ` ${text}` })));
  const written = rows.map(({ prompt }) => ({ text: ` ${texts[meanings.indexOf(prompt as string)]}` }));
  const run = await score(["each.jsonl", lines(written)], ["test.jsonl", lines(rows)]);
  expect(run.code).toBe(0);
  expect(resultOf(run)).toMatchObject({ instances: 3, references: 5 });
  expect(bleuOf(run)).toBe(bleuOf(await score(plain, grouped)));
  expect(run.err).toMatch(/holds a text for each of the 5 lines of .*test\.jsonl, which are 3 instances/);
});

test("rows of one meaning apart from each other: put together where each meaning has one prediction, else said", async () => {
  const rows = groups.flatMap((group, i) => group.map((text) => [meanings[i] as string, text]));
  const apart = [
    "apart.csv",
    table([["mr", "ref"], ...rows.filter((_, i) => i % 2 === 0), ...rows.filter((_, i) => i % 2)]),
  ] as const;
  const together = await score(plain, apart);
  expect(together.code).toBe(0);
  expect(resultOf(together)).toMatchObject({ instances: 3, references: 5 });
  expect(together.err).toContain("so its references are put together");
  const inOrder = await score(["p.csv", table([["output"], ...texts.map((text) => [text])])], grouped);
  expect(bleuOf(together)).toBeCloseTo(bleuOf(inOrder) as number, 12);
  const each = ["each.txt", Array.from({ length: 5 }, (_, i) => texts[i % 3]).join("\n")] as const;
  expect((await score(each, apart)).err).toContain("each is an instance of its own, as in measure_scores.py");
});
