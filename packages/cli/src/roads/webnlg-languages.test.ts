import { mkdir, readFile, writeFile } from "node:fs/promises";
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
async function folder(files: Readonly<Record<string, string>>): Promise<(name: string) => string> {
  const dir = join(sample.dir, `languages-${count++}`);
  await mkdir(dir);
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content);
  return (name) => join(dir, name);
}

const lex = (language: string, text: string, comment = "good") =>
  `<lex comment="${comment}" lang="${language}" lid="Id1">${text}</lex>`;
const xml = (...entries: string[]) =>
  `<benchmark><entries>${entries
    .map(
      (texts, i) =>
        `<entry category="Food" eid="Id${i}" size="1"><modifiedtripleset><mtriple>A${i} | is | pub</mtriple></modifiedtripleset>${texts}</entry>`,
    )
    .join("\n")}</entries></benchmark>`;

const both = xml(
  lex("en", "Ab is a pub.") + lex("ru", "Аб это паб."),
  lex("en", "Cd is a pub in town.") + lex("ru", "Вг это паб в городе."),
  lex("en", "Ef is a pub there."),
);

const generate = (input: string, output: string, ...args: string[]): Promise<CliRun> => {
  const usual = ["--base", sample.model, "--prompt-form", "lora", "--max-new-tokens", "3"];
  return runCli(["generate", ...usual, "--input", input, "--output", output, ...args]);
};
const contexts = async (file: string): Promise<string[]> =>
  (await readFile(file, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).context as string);

test("generate writes a text for every set of triples, and evaluate scores those of the language", async () => {
  const at = await folder({ "test.xml": both });
  expect((await generate(at("test.xml"), at("out.jsonl"))).code).toBe(0);
  expect(await contexts(at("out.jsonl"))).toEqual(["A0 : is : pub", "A1 : is : pub", "A2 : is : pub"]);

  const texts = ["Аб это паб.", "Вг это паб в городе.", "no matter"].map((text, i) =>
    JSON.stringify({ context: `A${i} : is : pub`, text }),
  );
  await writeFile(at("written.jsonl"), texts.join("\n"));
  await writeFile(at("written.txt"), texts.map((line) => JSON.parse(line).text as string).join("\n"));
  const files = ["--task", "webnlg", "--references", at("test.xml")];
  expectRefused(
    await runCli(["evaluate", ...files, "--predictions", at("written.jsonl")]),
    /texts in "en" \(3 texts\), "ru" \(2 texts\); say which language to take \(--lang\)/,
  );
  for (const name of ["written.jsonl", "written.txt"]) {
    const scored = await runCli(["evaluate", ...files, "--predictions", at(name), "--lang", "ru", "--json"]);
    expect(scored.code).toBe(0);
    const result = JSON.parse(scored.out);
    expect(result).toMatchObject({ instances: 2, references: 2 });
    expect(result.metrics.BLEU.score).toBe(100);
    expect(scored.err).toMatch(
      /1 instances have no reference, the first entry 3; they and 1 predictions for them are not scored/,
    );
    expect(scored.err).toMatch(/3 texts in "en" left out/);
  }
  expect((await generate(at("test.xml"), at("ru.jsonl"), "--lang", "ru")).code).toBe(0);
  expect(await contexts(at("ru.jsonl"))).toEqual(["A0 : is : pub", "A1 : is : pub"]);
});

test("a test set without references is prompts, and nothing to score against", async () => {
  const at = await folder({
    "test.xml": xml("", ""),
    "test.json": JSON.stringify([{ tripleset: [["A0", "IS", "pub"]] }, { tripleset: [["A1", "IS", "pub"]] }]),
  });
  expect((await generate(at("test.xml"), at("xml.jsonl"))).code).toBe(0);
  expect(await contexts(at("xml.jsonl"))).toEqual(["A0 : is : pub", "A1 : is : pub"]);
  expect((await generate(at("test.json"), at("json.jsonl"))).code).toBe(0);
  expect(await contexts(at("json.jsonl"))).toEqual(["A0 : is : pub", "A1 : is : pub"]);
  expectRefused(
    await runCli(["evaluate", "--task", "webnlg", "--references", at("test.xml"), "--predictions", at("xml.jsonl")]),
    /holds no text to use: 2 entries without a text left out/,
  );
});

test("entries whose texts are not good are prompts that are not scored", async () => {
  const at = await folder({ "test.xml": xml(lex("", "Ab is a pub."), lex("", "Cd.", "toFix"), lex("", "Ef is too.")) });
  expect((await generate(at("test.xml"), at("out.jsonl"))).code).toBe(0);
  expect(await contexts(at("out.jsonl"))).toHaveLength(3);
  const scored = await runCli(
    ["evaluate", "--task", "webnlg", "--references", at("test.xml"), "--predictions", at("out.jsonl")].concat("--json"),
  );
  expect(scored.code).toBe(0);
  expect(JSON.parse(scored.out)).toMatchObject({ instances: 2, references: 2 });
});

test("an empty reference is none, as for sweep: it takes no brevity penalty away", async () => {
  const long = "Ab is a pub in the middle of a small town near the river.";
  const at = await folder({
    "full.csv": `mr,ref\nname[Ab],${long}\nname[Cd],${long}\n`,
    "gaps.csv": `mr,ref\nname[Ab],${long}\nname[Ab],\nname[Cd],${long}\n`,
    "out.txt": "Ab is a pub in the\nAb is a pub in the\n",
  });
  const score = async (references: string) => {
    const { out, err } = await runCli(
      ["evaluate", "--predictions", at("out.txt"), "--references", at(references)].concat("--json"),
    );
    return { bleu: JSON.parse(out).metrics.BLEU.score as number, err };
  };
  const [full, gaps] = [await score("full.csv"), await score("gaps.csv")];
  expect(full.bleu).toBeLessThan(0.5);
  expect(gaps.bleu).toBe(full.bleu);
  expect(gaps.err).toContain("1 empty references left out");
});

test("a validation split in another language than the training split is noticed", async () => {
  const english = xml(lex("en", "Ab is a pub."));
  const at = await folder({ "train.xml": english, "dev.xml": xml(lex("ru", "Аб это паб.")) });
  const train = async (place: (name: string) => string) => {
    const usual = ["--base", sample.model, "--task", "webnlg", "--data", place("."), "--rank", "2", "--steps", "1"];
    return runCli(["train", ...usual, "--batch-size", "1", "--out", place("run")]);
  };
  const said = 'webnlg: the train split is in "en", validation in "ru": what is measured is not what was learnt';
  expect((await train(at)).err).toContain(said);
  const sweep = await runCli(["sweep", at("run"), "--ranks", "1", "--max-new-tokens", "2", "--resamples", "10"]);
  expect(sweep.err).toContain(said);
  // WebNLG before 3.0 marks no language, and is English.
  const unmarked = await folder({ "train.xml": english, "dev.xml": xml(lex("", "Cd is a pub.")) });
  expect((await train(unmarked)).err).not.toContain("the train split is in");
});

test("--lang goes with files of WebNLG", async () => {
  const at = await folder({ "in.jsonl": '{"prompt": "Ab"}\n', "in.csv": "mr,ref\nname[Ab],Ab.\n", "out.txt": "Ab.\n" });
  expectRefused(await generate(at("in.jsonl"), at("o"), "--lang", "en"), /--lang goes with WebNLG's files; .*JSON/);
  expectRefused(await generate(at("in.csv"), at("o"), "--lang", "en"), /--lang goes with WebNLG's files/);
  const evaluate = (references: string) =>
    runCli(["evaluate", "--predictions", at("out.txt"), "--references", at(references), "--lang", "en"]);
  expectRefused(await evaluate("in.csv"), /--lang goes with WebNLG's files/);
  expectRefused(await evaluate("out.txt"), /--lang goes with WebNLG's files/);
});

test("data of another kind than an adapter was trained on are noticed, DART's JSON is not taken for WebNLG's", async () => {
  const at = await folder({
    "train.json": JSON.stringify([{ tripleset: [["A0", "IS", "pub"]], annotations: [{ source: "x", text: "Ab." }] }]),
    "dev.json": JSON.stringify([{ tripleset: [["A1", "IS", "pub"]], annotations: [{ source: "x", text: "Cd." }] }]),
    "in.csv": "mr,ref\nname[Ab],Ab.\n",
    "out.txt": "Ab.\n",
  });
  const usual = ["--base", sample.model, "--task", "dart", "--data", at("."), "--rank", "2", "--steps", "1"];
  expect((await runCli(["train", ...usual, "--batch-size", "1", "--out", at("run")])).code).toBe(0);
  const args = ["--adapter", at("run"), "--max-new-tokens", "2", "--output", at("o")];
  const { err } = await runCli(["generate", ...args, "--input", at("in.csv")]);
  expect(err).toMatch(/run was trained for dart; .*in\.csv holds a table of meanings/);
  expect((await runCli(["generate", ...args, "--input", at("dev.json")])).err).not.toContain("was trained for");
  const scored = await runCli(
    ["evaluate", "--task", "webnlg", "--predictions", at("out.txt")].concat("--references", at("dev.json")),
  );
  expectRefused(scored, /dev\.json is JSON of DART, a list, and not of WebNLG: evaluate takes it with --task dart/);
});
