import { mkdtemp, open, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readE2e, readTable } from "./index.ts";
import { readUtf8 } from "./read-utf8.ts";
import { readLines } from "./text-lines.ts";

const write = async (name: string, content: string | Uint8Array): Promise<string> => {
  const path = join(await mkdtemp(join(tmpdir(), "dylora-lines-")), name);
  await writeFile(path, content);
  return path;
};
const linesOf = async (path: string): Promise<string[]> => {
  const lines: string[] = [];
  let last = 0;
  await readLines(path, (line, number) => {
    lines.push(line);
    last = number;
  });
  expect(last).toBe(lines.length);
  return lines;
};

test("lines are those of the whole text, wherever a piece of the file ends", async () => {
  const path = await write("a.txt", "");
  const long = fc.constantFrom("é", "😀", "a", "\r", "\uFEFF").map((one) => one.repeat(270_000));
  const piece = fc.oneof(fc.string({ unit: "grapheme" }), long, fc.constant("\n"));
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      const text = pieces.join("").replace(/^\uFEFF+/, "");
      // What the signs of other formats begin with is refused.
      fc.pre(!/^(PK|PAR1)/.test(text));
      await writeFile(path, text);
      const expected = text.split("\n");
      if (expected.at(-1) === "") expected.pop();
      const read = await linesOf(path);
      expect(read.length).toBe(expected.length);
      expect(read.every((line, i) => line === expected[i])).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test("a byte-order mark is left out; bytes that are not UTF-8 are named by their line", async () => {
  expect(await linesOf(await write("a.txt", "\uFEFFa\n\uFEFFb"))).toEqual(["a", "\uFEFFb"]);
  const filler = "line\n".repeat(300_000);
  const path = await write("b.txt", Buffer.concat([Buffer.from(`${filler}x`), Buffer.from([0xff, 0x0a])]));
  await expect(linesOf(path)).rejects.toMatchObject({ code: "invalid_utf8", details: { line: 300_001 } });
});

test("UTF-16, archives and parquet in place of text are named", async () => {
  const utf16 = Buffer.from("\uFEFFtext\tlabel\n", "utf16le");
  await expect(linesOf(await write("a.tsv", utf16))).rejects.toThrow(/UTF-16; save the file as UTF-8/);
  const gzip = Uint8Array.from([0x1f, 0x8b, 8, 0]);
  await expect(linesOf(await write("a.csv", gzip))).rejects.toMatchObject({ code: "compressed_file" });
  await expect(linesOf(await write("a.jsonl", "PAR1xxxx"))).rejects.toMatchObject({ code: "not_text" });
});

test("millions of empty lines or tabs are no list of as many parts", async () => {
  expect(await readE2e(await write("a.txt", "\n".repeat(2 ** 23)))).toEqual([]);
  const tabs = await write("a.tsv", `text\tlabel\n${"\t".repeat(5_000_000)}\n`);
  const options = { textColumns: ["text"], labelColumn: "label", labels: ["a", "b"] } as const;
  await expect(readTable(tabs, options)).rejects.toThrow(/line 2: 5000001 cells where the table has 2/);
  const header = await write("b.tsv", `${"\t".repeat(200_000)}\n`);
  await expect(readTable(header, options)).rejects.toMatchObject({ code: "bad_header" });
}, 60_000);

// A sparse file: zeros take no room on the disk.
test("a TSV of more bytes than a string can hold is read; a document of that size is refused as too large", async () => {
  const path = await write("large.tsv", "text\tlabel\n");
  const handle = await open(path, "r+");
  const row = Buffer.from(`${"x".repeat(2 ** 20)}\ta\tb\n`);
  let at = 11;
  for (let i = 0; i < 3; i += 1) {
    await handle.write(Buffer.concat([row]), 0, row.length, at);
    at += row.length;
  }
  const zeros = 2 ** 27;
  for (let i = 0; i < 5; i += 1) {
    at += zeros;
    await handle.write(Buffer.from("\n"), 0, 1, at);
    at += 1;
  }
  const end = Buffer.from("good a\tb\n");
  await handle.write(end, 0, end.length, at);
  await handle.close();
  let broken = 0;
  const { examples } = await readTable(path, {
    textColumns: ["text"],
    labelColumn: "label",
    labels: ["a", "b"],
    onBrokenRow() {
      broken += 1;
    },
  });
  expect([broken, examples]).toEqual([8, [{ text: "good a", label: 1 }]]);
  await expect(readUtf8(path)).rejects.toMatchObject({ code: "text_too_large" });
}, 120_000);
