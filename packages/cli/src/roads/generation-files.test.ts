import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectRefused } from "../fixtures/expect-refused.ts";
import { type CliRun, runCli } from "../fixtures/run-cli.ts";
import { makeTinyGeneration, type TinyGeneration } from "../fixtures/tiny-generation.ts";

let sample: TinyGeneration;
beforeAll(async () => {
  sample = await makeTinyGeneration();
});
afterAll(() => sample.remove());

let count = 0;
async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = join(sample.dir, `files-${count++}`);
  await mkdir(dir);
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content);
  return dir;
}
function train(task: string, data: string, ...args: string[]): Promise<CliRun> {
  const out = sample.out(`run-${count++}`);
  const usual = ["train", "--base", sample.model, "--steps", "1", "--rank", "2", "--batch-size", "2", "--out", out];
  return runCli([...usual, "--task", task, "--data", data, ...args]);
}

const dart = (...sizes: number[]) =>
  JSON.stringify(
    sizes.map((triples) => ({
      tripleset: Array.from({ length: triples }, () => ["Ab", "IS", "pub"]),
      subtree_was_extended: false,
      annotations: [{ source: "e2e", text: "Ab." }],
    })),
  );

test("one set of triples over the model's length costs its own example, named by file and entry", async () => {
  const data = await folder({ "train.json": dart(1, 1, 60, 1), "dev.json": dart(1, 60) });
  const { code, err } = await train("dart", data);
  expect(code).toBe(0);
  expect(err).toMatch(
    /dart, train: 1 of 4 examples left out, whose prompts fill .*; the first: .*train\.json, entry 3, \d+ tokens/,
  );
  expect(err).toContain("dart: 3 examples");
  const all = await folder({ "train.json": dart(60), "dev.json": dart(1) });
  expectRefused(await train("dart", all), /train\.json, entry 1: the prompt at position 0 has \d+ tokens/);
});

const lex = (attributes: string, text: string) => `<lex ${attributes} lid="Id1">${text}</lex>`;
const webnlg = (...texts: string[]) =>
  `<benchmark><entries>${texts
    .map(
      (text, i) =>
        `<entry category="Food" eid="Id${i}" size="1"><modifiedtripleset><mtriple>A${i} | is | b</mtriple></modifiedtripleset>${text}</entry>`,
    )
    .join("\n")}</entries></benchmark>`;

test("WebNLG 3.0: texts without a verdict are read, those left out are counted, languages are not mixed", async () => {
  const plain = webnlg(lex('lang="en"', "Ab."), lex('comment="toFix" lang="en"', "Cd.") + lex('lang="en"', "Ef."));
  const { code, err } = await train(
    "webnlg",
    await folder({ "train.xml": plain, "dev.xml": webnlg(lex('lang="en"', "Gh.")) }),
  );
  expect(code).toBe(0);
  expect(err).toMatch(
    /webnlg, train: 1 text left out, whose comment is "toFix" and not "good" \(.*train\.xml, entry 2\)/,
  );
  expect(err).toContain("webnlg: 2 examples");
  const both = webnlg(lex('comment="good" lang="en"', "Ab.") + lex('comment="good" lang="ru"', "Cd."));
  const mixed = await folder({ "train.xml": both, "dev.xml": both.replace("Ab.", "Ef.") });
  expectRefused(await train("webnlg", mixed), /holds texts in "en" \(1 texts\), "ru" \(1 texts\); say which/);
  const english = await train("webnlg", mixed, "--lang", "en");
  expect(english.code).toBe(0);
  expect(english.err).toMatch(/webnlg, train: 1 text in "ru" left out/);
  expectRefused(await train("webnlg", mixed, "--lang", "mt"), /holds no text to use/);
});

test("a file as --data, several files for one split, files written in two ways", async () => {
  const csv = (name: string) => `mr,ref\nname[${name}],${name} is.\n`;
  const data = await folder({
    "trainset.csv": csv("Ab"),
    "train.txt": "name : Ab||Ab is .\n",
    "valid.txt": "name : Cd||Cd is .\n",
  });
  expectRefused(await train("e2e", join(data, "trainset.csv")), /is a file; it must be the folder that holds/);
  const { code, err } = await train("e2e", data);
  expect(code).toBe(0);
  expect(err).toContain("e2e, train: read from trainset.csv; train.txt in the same folder is not read");
  expect(err).toMatch(/e2e: train is read from .*trainset\.csv, validation from .*valid\.txt; they write/);
  const same = await folder({ "trainset.csv": csv("Ab"), "devset.csv": csv("Ab") });
  expect((await train("e2e", same)).err).toContain("the train and validation splits are the same");
});

test("the cleaned E2E release and the JSON of WebNLG 2.1 are found by their names", async () => {
  const row = (name: string) => `mr,ref,fixed,orig_mr\nname[${name}],${name} is.,1,name[x]\n`;
  const cleaned = await folder({ "train-fixed.no-ol.csv": row("Ab"), "devel-fixed.no-ol.csv": row("Cd") });
  expect(await train("e2e", cleaned)).toMatchObject({ code: 0 });
  const json = (text: string) =>
    JSON.stringify({
      entries: [
        {
          "1": {
            category: "Food",
            modifiedtripleset: [{ subject: "A", property: "b", object: "c" }],
            lexicalisations: [{ comment: "good", lang: "", lex: text, xml_id: "Id1" }],
          },
        },
      ],
    });
  const release = await folder({
    "webnlg_release_v2.1_train.json": json("Ab."),
    "webnlg_release_v2.1_dev.json": json("Cd."),
    "webnlg_release_v2.1_test.json": json("Ef."),
  });
  expect(await train("webnlg", release)).toMatchObject({ code: 0 });
});
