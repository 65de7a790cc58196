import { describe, expect, test } from "vitest";
import { readRows } from "../src/page/read-rows.ts";

const five = [
  ["good food, but slow", "yes"],
  ["bad", "no"],
  ["fine", "yes"],
  ["poor", "no"],
  ['a "great" pub', "yes"],
] as const;

const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;

describe("the same rows are read", () => {
  const csv = five.map((row) => row.map(quoted).join(",")).join("\n");
  for (const [name, text] of [
    ["lines with =>", five.map((row) => row.join(" => ")).join("\n")],
    ["lines with tabs", five.map((row) => row.join("\t")).join("\n")],
    ["CSV", csv],
    ["CSV of Windows, with a mark at its start", `\uFEFF${csv.replaceAll("\n", "\r\n")}\r\n`],
    ["CSV with a header", `text,label\n${csv}`],
    [
      "a header in another order, among other columns",
      `id,Label,Text\n${five.map(([text, label], id) => `${id},${label},${quoted(text)}`).join("\n")}`,
    ],
    ["semicolons", five.map((row) => row.map(quoted).join(";").replace(", but", " but")).join("\n")],
    ["empty lines between", csv.replaceAll("\n", "\n\n")],
  ] as const) {
    test(name, () => {
      const { rows, summary } = readRows(text, "rating");
      expect(rows.map(([left, right]) => [left.replace(" but", ", but").replace(",,", ","), right])).toEqual(five);
      expect(summary).toContain("5 lines, 2 classes: yes (3), no (2).");
    });
  }
});

test("a line break inside quotes belongs to the cell", () => {
  const { rows } = readRows(`"two\nlines",a\nb,b\nc,a\nd,b\ne,a\n`, "rating");
  expect(rows[0]).toEqual(["two\nlines", "a"]);
});

test("a header with names of its own is noticed, and said", () => {
  const body = Array.from({ length: 8 }, (_, row) => `case ${row},${row % 2 ? "login" : "billing"}`);
  const { rows, summary } = readRows(["what they wrote,team", ...body].join("\n"), "rating");
  expect(rows).toHaveLength(8);
  expect(summary).toContain('The first line is taken for a header, because no other line is of class "team".');
  // A class that occurs once is no header where it stands in the middle, or where most classes occur once.
  expect(readRows([...body, "other,team"].join("\n"), "rating").rows).toHaveLength(9);
  expect(readRows("a,1\nb,2\nc,3\nd,4\ne,5\nf,6", "rating").rows).toHaveLength(6);
});

test("E2E's own columns are read for writing", () => {
  const body = Array.from({ length: 5 }, (_, row) => `"name[Place ${row}], eatType[pub]","Place ${row}, a pub."`);
  const { rows, summary } = readRows(["mr,ref", ...body].join("\n"), "writing");
  expect(rows[0]).toEqual(["name[Place 0], eatType[pub]", "Place 0, a pub."]);
  expect(summary).toBe("5 lines. The first line names the columns.");
});

test("what cannot be read is refused, naming the line", () => {
  const refused = (text: string, task: "rating" | "writing" = "rating") => {
    try {
      readRows(text, task);
    } catch (error) {
      return (error as Error).message;
    }
    return "nothing";
  };
  expect(refused("")).toBe(
    'There are no lines to train on; at least 5 are needed. Each is a sentence, then " => " or a comma, then its class.',
  );
  expect(refused("a,x\nb,y")).toMatch(/^There are 2 lines to train on; at least 5/);
  expect(refused("good\tyes\nno label\n")).toBe(
    "Line 2 holds one cell only; each line must be a sentence, then a tab, then its class.",
  );
  expect(refused("good,yes\nbad, but cheap,no")).toBe(
    "Line 2 holds 3 cells; each line must be a sentence, then a comma, then its class. A comma inside a cell needs quotes around the cell.",
  );
  expect(refused("good => yes\nbad => ")).toMatch(/^Line 2 /);
  expect(refused("a,b,c\n1,2,3")).toMatch(/^The first line has 3 cells/);
  expect(refused('a,x\n"b,y\nc,x')).toBe("Line 2 opens a quote that is never closed. Close it, or leave it out.");
  expect(refused("a,x\nb,x\nc,x\nd,x\ne,x")).toMatch(/^Every line is of class "x"/);
  expect(refused("just text\nmore text", "writing")).toMatch(/^Line 1 holds one cell only/);
});
