import { readFileSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { csvParser } from "./csv-records.ts";
import { readTable } from "./node/index.ts";

const write = async (name: string, content: string | Uint8Array): Promise<string> => {
  const path = join(await mkdtemp(join(tmpdir(), "dylora-csv-")), name);
  await writeFile(path, content);
  return path;
};
const single = { textColumns: ["text"], labelColumn: "label", labels: ["bad", "good"] } as const;

test("odd quotes are read as Python's csv module reads them", () => {
  const golden = readFileSync(join(import.meta.dirname, "fixtures/csv-quotes.json"), "utf8");
  const cases = JSON.parse(golden) as [text: string, rows: string[][]][];
  expect(cases.length).toBeGreaterThan(500);
  for (const [text, rows] of cases) {
    const read: (readonly string[])[] = [];
    const parser = csvParser(
      {
        onRecord({ cells }) {
          read.push(cells);
          return 100;
        },
        onOpenQuote: (line) => expect.fail(`${JSON.stringify(text)}: line ${line} is left open`),
      },
      100,
    );
    const lines = text.split("\n");
    if (lines.at(-1) === "") lines.pop();
    lines.forEach((line, i) => {
      parser.line(line, i + 1);
    });
    parser.end();
    expect(read, JSON.stringify(text)).toEqual(rows);
  }
});

test("a bare quote in one row leaves its neighbours alone", async () => {
  const path = await write(
    "train.csv",
    'text,label\nA fine 12" record,1\nShe called it "great" twice,1\nDull,0\n"A ""poor"" film",0\n',
  );
  const { examples } = await readTable(path, single);
  expect(examples).toEqual([
    { text: 'A fine 12" record', label: 1 },
    { text: 'She called it "great" twice', label: 1 },
    { text: "Dull", label: 0 },
    { text: 'A "poor" film', label: 0 },
  ]);
});

test("a quote that is never closed costs its own row, and no other", async () => {
  const path = await write("a.csv", 'text,label\none,0\n"two,1\nthree,0\n4,"x\nfive,1\n');
  const lines: unknown[] = [];
  const { examples } = await readTable(path, { ...single, onBrokenRow: ({ details }) => lines.push(details.line) });
  // The second quote closes the first: lines 3 to 5 are one row, as for Python, of too few cells.
  expect(lines).toEqual([3]);
  expect(examples.map(({ text }) => text)).toEqual(["one", "five"]);
  const open = await write("b.csv", 'text,label\none,0\n"two,1\nthree,0\nfour,1\n');
  await expect(readTable(open, single)).rejects.toThrow(`${open}, line 3: a quote is opened and never closed`);
  lines.length = 0;
  const rest = await readTable(open, { ...single, onBrokenRow: ({ details }) => lines.push(details.line) });
  expect(lines).toEqual([3]);
  expect(rest.examples.map(({ text }) => text)).toEqual(["one", "three", "four"]);
});

test("another separator, a header in other letters, a column twice are named", async () => {
  await expect(readTable(await write("a.csv", "text;label\nA;1\n"), single)).rejects.toThrow(
    /has no column "text"; it has "text;label"; its cells seem to be separated by semicolons/,
  );
  await expect(readTable(await write("a.csv", "text\tlabel\nA\t1\n"), single)).rejects.toThrow(/separated by tabs/);
  await expect(readTable(await write("a.csv", "Text,label\nA,1\n"), single)).rejects.toThrow(/write "Text"/);
  await expect(readTable(await write("a.csv", "text,label,text\nA,1,B\n"), single)).rejects.toMatchObject({
    code: "repeated_column",
  });
});

test("a wide header is not repeated in the message of each short row", async () => {
  const columns = Array.from({ length: 12_000 }, (_, i) => `c${i}`);
  const path = await write("a.csv", `${["text", "label", ...columns].join(",")}\n${"x\n".repeat(12_000)}`);
  let broken = 0;
  let longest = 0;
  await readTable(path, {
    ...single,
    onBrokenRow({ message }) {
      broken += 1;
      longest = Math.max(longest, message.length);
    },
  });
  expect(broken).toBe(12_000);
  expect(longest).toBeLessThan(1000);
});
