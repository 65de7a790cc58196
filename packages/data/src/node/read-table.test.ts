import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readSplit, readTable, readTask } from "./index.ts";

const HUB = join(import.meta.dirname, "../fixtures/hub");
const write = async (name: string, content: string | Uint8Array): Promise<string> => {
  const path = join(await mkdtemp(join(tmpdir(), "dylora-table-")), name);
  await writeFile(path, content);
  return path;
};
const single = { textColumns: ["text"], labelColumn: "label" } as const;

test("labels are inferred in order, or taken as given", async () => {
  const path = await write("a.csv", "label,text\nred,one\nblue,two\nred,three\n");
  expect(await readTable(path, single)).toEqual({
    remarks: [{ code: "single_row_class", count: 1, message: `1 class has a single row: "blue" (${path})` }],
    labels: ["blue", "red"],
    examples: [
      { text: "one", label: 1 },
      { text: "two", label: 0 },
      { text: "three", label: 1 },
    ],
  });
  const given = await readTable(path, { ...single, labels: ["red", "green", "blue"] });
  expect(given.examples.map(({ label }) => label)).toEqual([0, 2, 0]);
  expect((await readTable(path, { textColumns: ["text", "label"] })).examples[0]).toEqual({
    text: "one",
    textPair: "red",
  });
});

test("whole-number labels sort by value; other numbers want regression", async () => {
  const whole = await write("a.jsonl", '{"text":"a","label":10}\n{"text":"b","label":9}\n\n{"text":"c","label":"9"}\n');
  expect(await readTable(whole, single)).toMatchObject({
    labels: ["9", "10"],
    examples: [{ label: 1 }, { label: 0 }, { label: 0 }],
  });
  const real = await write("b.tsv", "text\tlabel\na\t0.5\nb\t-1e-3\n");
  await expect(readTable(real, single)).rejects.toMatchObject({ code: "labels_look_real" });
  const targets = await readTable(real, { ...single, kind: "regression" });
  expect(targets).toEqual({
    remarks: [],
    labels: [],
    examples: [
      { text: "a", label: 0.5 },
      { text: "b", label: -0.001 },
    ],
  });
});

test("CSV cells may hold commas, quotes and line ends; the line named is where the row starts", async () => {
  const path = await write("a.csv", 'text,label\r\n"a ""b"", c\nd",0\r\n\r\n"x\ny"\r\n');
  await expect(readTable(path, single)).rejects.toThrow(`${path}, line 5: 1 cell where the table has 2 (text, label)`);
  const { examples } = await readTable(path, { ...single, onBrokenRow: () => undefined });
  expect(examples).toEqual([{ text: 'a "b", c\nd', label: 0 }]);
  const open = await write("b.csv", 'text,label\na,0\n"b,1\nc,0\n');
  await expect(readTable(open, single)).rejects.toMatchObject({ code: "broken_row", details: { path: open, line: 3 } });
});

test("what is written is read back, in every text format", async () => {
  const cell = fc.string({ unit: "grapheme" }).filter((text) => !/[\t\r\n]/.test(text) && text !== "");
  const rows = fc.array(fc.tuple(cell, cell, fc.constantFrom("no", "yes")), { minLength: 1, maxLength: 8 });
  const options = { textColumns: ["a", "b"], labelColumn: "l", labels: ["no", "yes"] } as const;
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  await fc.assert(
    fc.asyncProperty(rows, async (table) => {
      const expected = table.map(([text, textPair, label]) => ({ text, textPair, label: label === "yes" ? 1 : 0 }));
      const tsv = await write("a.tsv", ["a\tb\tl", ...table.map((row) => row.join("\t"))].join("\n"));
      expect((await readTable(tsv, options)).examples).toEqual(expected);
      const csv = await write("a.csv", ["a,b,l", ...table.map((row) => row.map(quoted).join(","))].join("\r\n"));
      expect((await readTable(csv, options)).examples).toEqual(expected);
      const lines = table.map(([a, b, l]) => JSON.stringify({ l, b, a }));
      expect((await readTable(await write("a.jsonl", lines.join("\n")), options)).examples).toEqual(expected);
    }),
    { numRuns: 40 },
  );
});

test("JSON Lines: not JSON, not an object, a missing key, a text that is none", async () => {
  const reading = async (content: string) => readTable(await write("a.jsonl", content), single);
  await expect(reading('{"text":"a","label":0}\n{"text":\n')).rejects.toThrow(/a\.jsonl, line 2: not JSON: /);
  await expect(reading('\n["a"]\n')).rejects.toThrow(/a\.jsonl, line 2: not a JSON object; each line is one object/);
  await expect(reading('{"text":"a","label":0}\n{"label":0}\n')).rejects.toThrow(/line 2: "text" is missing; it must/);
  await expect(reading('{"text":7,"label":0}\n')).rejects.toThrow(/line 1: "text" holds 7; it must hold a text/);
  await expect(reading('{"text":"a","label":null}\n')).rejects.toThrow(/line 1: "label" is missing/);
  await expect(reading('{"text":"a"}\n')).rejects.toThrow(/has no column "label"; it has "text"/);
});

test("parquet: nulls are missing cells, counted in rows; a file that is none", async () => {
  const path = join(HUB, "nulls.parquet");
  await expect(readTable(path, single)).rejects.toThrow(`${path}, row 2: "text" is missing; it must hold a text`);
  const lines: unknown[] = [];
  const { examples } = await readTable(path, { ...single, onBrokenRow: ({ details }) => lines.push(details.row) });
  expect(examples).toEqual([{ text: "one", label: 0 }]);
  expect(lines).toEqual([2, 3]);
  const bad = await write("bad.parquet", "this is no parquet file at all");
  await expect(readTable(bad, single)).rejects.toMatchObject({ code: "bad_parquet" });
  await expect(readTable(await write("empty.parquet", ""), single)).rejects.toMatchObject({ code: "bad_parquet" });
});

test("invalid UTF-8 is refused with its line; unknown formats and contradictory options too", async () => {
  const path = await write("a.tsv", Uint8Array.from([...Buffer.from("text\tlabel\nok\t0\n"), 0xff, 0xfe, 0x0a]));
  await expect(readTable(path, single)).rejects.toMatchObject({ code: "invalid_utf8", details: { path, line: 3 } });
  await expect(readTable("a.xls", single)).rejects.toMatchObject({ code: "unknown_table_format" });
  const twice = { ...single, labels: ["a", "a"] };
  await expect(readTable(path, twice)).rejects.toMatchObject({ code: "bad_label_option" });
  const real = { ...single, labels: ["a"], kind: "regression" } as const;
  await expect(readTable(path, real)).rejects.toMatchObject({ code: "bad_label_option" });
  expect(
    (await readTable(await write("data.txt", "text\tlabel\na\tx\n"), { ...single, format: "tsv" })).labels,
  ).toEqual(["x"]);
});

test("a task.json beside its files", async () => {
  const path = await write(
    "task.json",
    JSON.stringify({
      name: "polite",
      kind: "classification",
      textColumns: ["text"],
      labelColumn: "label",
      labels: ["rude", "polite"],
      metrics: ["accuracy"],
      splits: { train: "train.tsv" },
    }),
  );
  await writeFile(join(path, "../train.tsv"), "label\ttext\npolite\tafter you\n");
  const folder = await readTask(path);
  expect((await readSplit(folder, "train")).examples).toEqual([{ text: "after you", label: 1 }]);
  await expect(readSplit(folder, "dev")).rejects.toMatchObject({ code: "unknown_split" });
  await expect(readTask(await write("task.json", "{"))).rejects.toMatchObject({ code: "bad_json" });
});

test("a table that a clone without Git LFS left out is not read as text", async () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 12\n`;
  for (const name of ["a.csv", "a.tsv", "a.jsonl", "a.parquet"]) {
    await expect(readTable(await write(name, pointer), single)).rejects.toMatchObject({ code: "lfs_pointer" });
  }
});
