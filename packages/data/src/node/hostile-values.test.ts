import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { GLUE_TASKS, parseTextTask } from "../index.ts";
import { readDart, readGlue, readPromptCompletions, readSplit, readTable, readTask, readWebNlg } from "./index.ts";

const write = async (name: string, content: string): Promise<string> => {
  const path = join(await mkdtemp(join(tmpdir(), "dylora-hostile-")), name);
  await writeFile(path, content);
  return path;
};

/** What JSON may hold and what code that shows values falls over. */
const hostile = [
  '{"toString":1,"valueOf":1,"toJSON":1}',
  `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
  '[{"toString":1}]',
];
const brokenRow = expect.objectContaining({ name: "FormatError", code: "broken_row" });
const single = { textColumns: ["text"], labelColumn: "label" } as const;

test.each(hostile)("a cell of JSON Lines that holds no text makes a broken row %#", async (value) => {
  for (const row of [`{"text":${value},"label":"a"}`, `{"text":"a","label":${value}}`]) {
    const path = await write("a.jsonl", `${row}\n{"text":"b","label":"b"}\n`);
    for (const options of [{}, { labels: ["a", "b"] }, { kind: "regression" }] as const) {
      await expect(readTable(path, { ...single, ...options })).rejects.toEqual(brokenRow);
    }
    const left = await readTable(path, { ...single, onBrokenRow: () => undefined });
    expect(left.examples.map(({ text }) => text)).toEqual(["b"]);
  }
  const glue = await write("validation.jsonl", `{"sentence":"a","label":${value}}\n`);
  await expect(readGlue(GLUE_TASKS.sst2, glue, "validation")).rejects.toEqual(brokenRow);
  const prompts = await write("a.jsonl", `{"prompt":"a","completion":${value}}\n`);
  await expect(readPromptCompletions(prompts)).rejects.toEqual(brokenRow);
});

const task = {
  name: "a",
  kind: "classification",
  textColumns: ["text"],
  labelColumn: "label",
  labels: ["no", "yes"],
  metrics: ["accuracy"],
  splits: { train: "a.tsv" },
};

test.each(hostile)("a task with a field of another type %#", (value) => {
  for (const field of Object.keys(task)) {
    const parse = () => parseTextTask({ ...task, [field]: JSON.parse(value) }, "task.json");
    expect(parse).toThrow(expect.objectContaining({ name: "FormatError", code: "bad_task" }));
  }
});

test("members that every object has are no splits", async () => {
  const folder = await readTask(await write("task.json", JSON.stringify(task)));
  for (const split of ["constructor", "toString", "__proto__"]) {
    await expect(readSplit(folder, split)).rejects.toMatchObject({ code: "unknown_split" });
  }
});

test("XML nested 2,500 deep, JSON nested 100,000 deep", async () => {
  const deep = `${"<a>".repeat(2_500)}a | b | c${"</a>".repeat(2_500)}`;
  const xml = await write(
    "a.xml",
    `<benchmark><entries><entry><modifiedtripleset><mtriple>${deep}</mtriple></modifiedtripleset></entry></entries></benchmark>`,
  );
  await expect(readWebNlg(xml)).rejects.toMatchObject({ code: "bad_xml" });
  await expect(readDart(xml)).rejects.toMatchObject({ code: "bad_xml" });
  const json = await write("a.json", hostile[1]!);
  await expect(readWebNlg(json)).rejects.toMatchObject({ code: "bad_json" });
  await expect(readDart(json)).rejects.toMatchObject({ code: "bad_json" });
});

test("a file of WebNLG with more texts than a call takes arguments", async () => {
  const lexicalisations = Array.from({ length: 150_000 }, (_, i) => ({
    lex: `text ${i}`,
    comment: "good",
    xml_id: "1",
    lang: "",
  }));
  const modifiedtripleset = [{ subject: "a", property: "b", object: "c" }];
  const entries = [{ 1: { category: "Food", modifiedtripleset, lexicalisations } }];
  const path = await write("a.json", JSON.stringify({ entries }));
  expect(await readWebNlg(path)).toHaveLength(150_000);
});

test("XML of more elements than memory holds is refused before it is parsed", async () => {
  const path = await write("a.xml", `<benchmark>${"<a/>".repeat(2_100_000)}</benchmark>`);
  await expect(readWebNlg(path)).rejects.toThrow("the file has more than 2000000 tags");
});
