import { mkdtemp, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { namedByFile } from "../labels.ts";
import { readSplit, readTable, readTask } from "./index.ts";

const folder = () => mkdtemp(join(tmpdir(), "dylora-labels-"));
const jsonl = (labels: readonly unknown[]) =>
  labels.map((label, i) => `${JSON.stringify({ text: `t${i}`, label })}\n`).join("");
const csv = (labels: readonly unknown[]) => `text,label\n${labels.map((label, i) => `t${i},${label}\n`).join("")}`;

/** Reads the train split of a task with these files. */
async function read(
  labels: readonly string[],
  files: Readonly<Record<string, string>>,
  more: object = {},
  split = "train",
): Promise<(number | undefined)[]> {
  const dir = await folder();
  const splits: Record<string, string> = {};
  for (const [name, content] of Object.entries(files)) {
    splits[name.split(".")[0] as string] = name;
    await writeFile(join(dir, name), content);
  }
  const kind = labels.length === 0 ? "regression" : "classification";
  const task = { name: "stars", kind, textColumns: ["text"], labelColumn: "label", labels, metrics: ["accuracy"] };
  await writeFile(join(dir, "task.json"), JSON.stringify({ ...task, splits, ...more }));
  const { examples } = await readSplit(await readTask(join(dir, "task.json")), split);
  return examples.map(({ label }) => label);
}

const stars = ["1", "2", "3", "4", "5"];
const ambiguous = expect.objectContaining({ code: "ambiguous_labels" });

test("numbers that only indices can be are indices, those that only names can be are names", async () => {
  expect(await read(stars, { "train.jsonl": jsonl([0, 1, 2, 3, 4]) })).toEqual([0, 1, 2, 3, 4]);
  expect(await read(stars, { "train.jsonl": jsonl([1, 2, 3, 4, 5]) })).toEqual([0, 1, 2, 3, 4]);
  expect(await read(stars, { "train.csv": csv([0, 1, 2, 3, 4]) })).toEqual([0, 1, 2, 3, 4]);
  expect(await read(stars, { "train.csv": csv([1, 2, 3, 4, 5]) })).toEqual([0, 1, 2, 3, 4]);
  expect(await read(["1", "2"], { "train.jsonl": jsonl(["0", "1"]) })).toEqual([0, 1]);
  expect(await read(["0", "1"], { "train.csv": csv([1, 0]) })).toEqual([1, 0]);
  expect(await read(["-1", "0", "1"], { "train.csv": csv([-1, 0, 1]) })).toEqual([0, 1, 2]);
  expect(await read(["2", "0", "1"], { "train.jsonl": jsonl(["2", "0", "1"]) })).toEqual([0, 1, 2]);
});

test("what can be both and differs is refused with both readings, unless the task says which", async () => {
  for (const files of [{ "train.jsonl": jsonl([1, 2, 3, 4]) }, { "train.csv": csv([1, 2, 3, 4]) }]) {
    await expect(read(stars, files)).rejects.toEqual(ambiguous);
    await expect(read(stars, files)).rejects.toThrow(
      /train\.(jsonl, line 1|csv, line 2): label .?1.? can be read in two ways: as the name of class 0, or as the index of the class "2"/,
    );
    expect(await read(stars, files, { labelEncoding: "name" })).toEqual([0, 1, 2, 3]);
    expect(await read(stars, files, { labelEncoding: "index" })).toEqual([1, 2, 3, 4]);
  }
  await expect(read(["2", "0", "1"], { "train.csv": csv([2, 0, 1]) })).rejects.toEqual(ambiguous);
  await expect(read(stars, { "train.csv": csv([1]) }, { labelEncoding: "rank" })).rejects.toThrow(/"labelEncoding" is/);
});

test("a column that mixes names and indices is refused, and names a row of each", async () => {
  await expect(read(stars, { "train.csv": csv([0, 5]) })).rejects.toThrow(
    /line 3: label "5" can only be the name of a class, and .*line 2: "0" only an index 0\.\.4/,
  );
  await expect(read(["neg", "pos"], { "train.jsonl": jsonl(["pos", 0]) })).rejects.toEqual(ambiguous);
  await expect(read(["neg", "pos"], { "train.csv": csv(["pos", 0]) })).rejects.toEqual(ambiguous);
});

test("the splits of a task decide together", async () => {
  const train = jsonl([1, 2, 3, 4, 5]);
  const some = jsonl([1, 2]);
  expect(await read(stars, { "train.jsonl": train, "validation.jsonl": some }, {}, "validation")).toEqual([0, 1]);
  const indices = jsonl([0, 1, 2, 3]);
  expect(await read(stars, { "train.jsonl": indices, "validation.csv": csv([1, 2]) }, {}, "validation")).toEqual([
    1, 2,
  ]);
  await expect(read(stars, { "train.jsonl": train, "validation.jsonl": indices })).rejects.toThrow(
    /train\.jsonl, line 5: label 5 can only be the name.*validation\.jsonl, line 1: 0 only an index/,
  );
  // A split that cannot be read says nothing here; it is refused when it is read.
  expect(await read(stars, { "train.jsonl": train, "validation.jsonl": "{" })).toEqual([0, 1, 2, 3, 4]);
});

test("booleans, numbers with a point, -1, lists, and what is no label", async () => {
  expect(await read(["ham", "spam"], { "train.jsonl": jsonl([true, false]) })).toEqual([1, 0]);
  expect(await read(["True", "False"], { "train.jsonl": jsonl([true, false]) })).toEqual([0, 1]);
  expect(await read(["neg", "pos"], { "train.csv": csv(["1.0", "0.0"]) })).toEqual([1, 0]);
  expect(await read(stars, { "train.csv": csv(["1.0", "5.0"]) })).toEqual([0, 4]);
  expect(await read(["neg", "pos"], { "train.jsonl": jsonl([-1, 1]) })).toEqual([undefined, 1]);
  await expect(read(["neg", "pos"], { "train.jsonl": jsonl([[1], 0]) })).rejects.toThrow(
    /line 1: "label" holds \[1\]; a label is a text or a number/,
  );
  await expect(read(["neg", "pos"], { "train.jsonl": jsonl([{ toString: 1, valueOf: 1 }]) })).rejects.toMatchObject({
    code: "broken_row",
  });
  await expect(read(["neg", "pos"], { "train.csv": csv(["0.5"]) })).rejects.toThrow(/label "0\.5" is none of/);
});

test("numbers of a parquet file that names its classes are those classes, in whatever order the task lists them", async () => {
  const path = join(import.meta.dirname, "../fixtures/hub/classes.parquet");
  const read = async (labels?: readonly string[], more: { labelEncoding?: "index" } = {}) => {
    const table = await readTable(path, {
      textColumns: ["text"],
      labelColumn: "label",
      ...(labels === undefined ? {} : { labels }),
      ...more,
    });
    return [table.examples.map(({ label }) => label), table.labels];
  };
  expect(await read()).toEqual([
    [1, 0, undefined],
    ["negative", "positive"],
  ]);
  expect(await read(["negative", "positive"])).toEqual([
    [1, 0, undefined],
    ["negative", "positive"],
  ]);
  expect(await read(["positive", "negative"])).toEqual([
    [0, 1, undefined],
    ["positive", "negative"],
  ]);
  expect(await read(["down", "up"])).toEqual([
    [1, 0, undefined],
    ["down", "up"],
  ]);
  expect(await read(["positive", "negative"], { labelEncoding: "index" })).toEqual([
    [1, 0, undefined],
    ["positive", "negative"],
  ]);
  await expect(read(["positive", "neutral"])).rejects.toThrow(
    /names its classes "negative", "positive", the task "positive"/,
  );
});

test("regression targets are decimal numbers", async () => {
  expect(await read([], { "train.csv": csv(["1.5", "-2e-3", ".5", "7"]) })).toEqual([1.5, -0.002, 0.5, 7]);
  for (const [cell, problem] of [
    ["0x10", /"0x10" is not a finite number/],
    ["nan", /"nan" is not/],
    ["good", /"good" is not/],
    ['"1,5"', /"1,5" is not a finite number; write a decimal point: 1\.5/],
  ] as const) {
    await expect(read([], { "train.csv": csv([cell]) })).rejects.toThrow(problem);
  }
  await expect(read([], { "train.jsonl": jsonl([true]) })).rejects.toThrow(/label true is not a finite number/);
});

test("a test split may lack its labels; empty texts and rows without a label are counted", async () => {
  expect(await read(["a", "b"], { "train.csv": csv(["a"]), "test.csv": "text\nx\n" }, {}, "test")).toEqual([undefined]);
  const path = join(await folder(), "a.jsonl");
  await writeFile(path, '{"text":"","label":0}\n{"text":"x","label":-1}\n{"text":" ","label":1}\n');
  const { remarks } = await readTable(path, { textColumns: ["text"], labelColumn: "label", labels: ["a", "b"] });
  expect(remarks).toEqual([
    { code: "empty_text", count: 2, message: `2 rows have an empty text (first: ${path}, line 1)` },
    { code: "unlabelled", count: 1, message: `1 row has no label (${path}, line 2)` },
  ]);
});

test("texts of a TSV that a program has quoted stay as they are, and are counted", async () => {
  const path = join(await folder(), "a.tsv");
  const texts = ['"He said ""no"""', '" Prices rose .', '"all of it"', 'a ""b""'];
  await writeFile(path, `text\tlabel\n${texts.map((text) => `${text}\t0\n`).join("")}`);
  const table = await readTable(path, { textColumns: ["text"], labelColumn: "label", labels: ["a", "b"] });
  expect(table.examples.map(({ text }) => text)).toEqual(texts);
  expect(table.remarks).toMatchObject([{ code: "quoted_text", count: 1, message: expect.stringContaining("line 2") }]);
});

test("JSON Lines that are a JSON list, or hold NaN, are named", async () => {
  await expect(read(["a", "b"], { "train.jsonl": '[\n{"text":"a","label":0}\n]' })).rejects.toThrow(
    /line 1: a JSON list/,
  );
  await expect(read([], { "train.jsonl": '{"text":"a","label":NaN}' })).rejects.toThrow(
    /line 1: not JSON: JSON has no NaN/,
  );
});

test("splits lie in the task's folder, and are its own", async () => {
  const outer = await folder();
  await writeFile(join(outer, "secret.csv"), csv(["a"]));
  for (const name of ["../secret.csv", join(outer, "secret.csv"), "sub/../../secret.csv"]) {
    const files = { "train.csv": csv(["a"]) };
    await expect(read(["a", "b"], files, { splits: { train: name } })).rejects.toMatchObject({
      code: "outside_folder",
    });
  }
  const dir = await folder();
  await symlink(join(outer, "secret.csv"), join(dir, "train.csv"));
  await writeFile(join(dir, "real.csv"), csv(["b"]));
  await symlink(join(dir, "real.csv"), join(dir, "inside.csv"));
  const task = { name: "x", kind: "classification", textColumns: ["text"], labelColumn: "label", labels: ["a", "b"] };
  const splits = { train: "train.csv", validation: "inside.csv" };
  await writeFile(join(dir, "task.json"), JSON.stringify({ ...task, metrics: ["accuracy"], splits }));
  const opened = await readTask(join(dir, "task.json"));
  await expect(readSplit(opened, "train")).rejects.toThrow(/a link that leads out of the folder/);
  expect((await readSplit(opened, "validation")).examples).toEqual([{ text: "t0", label: 1 }]);
  for (const split of ["constructor", "__proto__"]) {
    await expect(readSplit(opened, split)).rejects.toMatchObject({ code: "unknown_split" });
  }
});

test("a name that is the same number as a cell is that class, or the cell is refused where it is an index too", async () => {
  // JSON does not keep the point of 1.0, spreadsheets not the zero of 01.
  const halves = ["1.0", "2.0", "3.0"];
  await expect(
    read(halves, {
      "train.jsonl": "1.0 2.0"
        .split(" ")
        .map((n, i) => `{"text":"${i}","label":${n}}\n`)
        .join(""),
    }),
  ).rejects.toThrow(
    /label 1 can be read in two ways: as the name of class 0, "1\.0", or as the index of the class "2\.0"/,
  );
  expect(await read(halves, { "train.jsonl": jsonl([1, 2, 3]) })).toEqual([0, 1, 2]);
  expect(await read(halves, { "train.csv": csv(["1.0", "2.0"]) }, { labelEncoding: "name" })).toEqual([0, 1]);
  const codes = ["01", "02", "10"];
  await expect(read(codes, { "train.csv": csv([1, 2]) })).rejects.toEqual(ambiguous);
  await expect(read(codes, { "train.jsonl": jsonl(["1", "2"]) })).rejects.toEqual(ambiguous);
  expect(await read(codes, { "train.csv": csv([1, 2, 10]) })).toEqual([0, 1, 2]);
  expect(await read(codes, { "train.csv": csv(["01", "02"]) })).toEqual([0, 1]);
  expect(await read(["0.5", "1.0"], { "train.jsonl": jsonl([0.5, 1]) })).toEqual([0, 1]);
});

test("a label in another spelling is refused with the task's", async () => {
  for (const cell of ["billing", " Billing", "Billing\u00a0"]) {
    await expect(read(["Billing", "Tech"], { "train.csv": csv([cell]) })).rejects.toThrow(
      /is none of "Billing", "Tech", nor .* letter by letter: write "Billing"$/,
    );
  }
  await expect(read(["true", "false"], { "train.csv": csv(["True"]) })).rejects.toThrow(/write "true"$/);
});

test("a file's class names are matched in any spelling, and taken by place only with a word", () => {
  const rename = (own: string[], labels: string[]) => {
    const { rename: one, byPlace } = namedByFile(own, labels, "f");
    return [own.map((_, index) => one(BigInt(index))), byPlace];
  };
  expect(rename(["Billing", "Tech"], ["tech", "billing"])).toEqual([["billing", "tech"], false]);
  expect(rename(["not_entailment", "x"], ["x", "Not entailment", "more"])).toEqual([["Not entailment", "x"], false]);
  expect(rename(["us", "US"], ["US", "us"])).toEqual([["us", "US"], false]);
  expect(rename(["a", "b"], ["c", "d"])).toEqual([[0n, 1n], true]);
  for (const labels of [["Tech", "sales"], ["c", "d", "e"], ["tech"]]) {
    expect(() => namedByFile(["Billing", "Tech"], labels, "f")).toThrow(/name the classes as the file does/);
  }
});

test("classes that the file names otherwise, and a file that is one of several parts, are remarked upon", async () => {
  const options = { textColumns: ["text"], labelColumn: "label" } as const;
  const path = join(import.meta.dirname, "../fixtures/hub/classes.parquet");
  const messages = async (file: string, labels: string[]) =>
    (await readTable(file, { ...options, labels })).remarks.map(({ message }) => message).join("\n");
  expect(await messages(path, ["down", "up"])).toMatch(/by place \("negative" as "down", "positive" as "up"\)/);
  expect(await messages(path, ["positive", "negative"])).not.toMatch(/by place/);
  const part = join(await folder(), "train-00000-of-00002.jsonl");
  await writeFile(part, jsonl(["a"]));
  expect(await messages(part, ["a", "b"])).toMatch(
    /-00002\.jsonl is one of 2 parts of its split; the others are not read/,
  );
});
