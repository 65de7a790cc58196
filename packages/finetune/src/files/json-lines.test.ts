import fc from "fast-check";
import { expect, test } from "vitest";
import { parseJsonLines } from "./json-lines.ts";

const read = (content: string) => parseJsonLines(content, "in.jsonl", '{"n": …}', ({ n }) => ({ n }));

test("lines end in LF or CRLF, the last one or not; a mark of the byte order is passed over", () => {
  const ends = fc.constantFrom("\n", "\r\n");
  const lines = fc.array(fc.tuple(fc.integer(), ends), { minLength: 1 });
  fc.assert(
    fc.property(lines, fc.boolean(), fc.constantFrom("", "\n\n", " \r\n"), (values, mark, tail) => {
      const content = values.map(([n, end]) => `{"n":${n}}${end}`).join("");
      expect(read(`${mark ? "\uFEFF" : ""}${content}${tail}`)).toEqual(values.map(([n]) => ({ n })));
      expect(read(content.trimEnd())).toHaveLength(values.length);
    }),
  );
});

test("the line that is wrong is named", () => {
  expect(() => read('{"n":1}\n\n{"n":2}')).toThrow(/^in\.jsonl, line 2: empty; each line is an input/);
  expect(() => read('{"n":1}\n[1]\n')).toThrow(/^in\.jsonl, line 2: a line is an object/);
  expect(() => read("\n \r\n")).toThrow(/holds no lines/);
});

test("of millions of wrong lines the first is refused", () => {
  expect(() => read("1\n".repeat(2 ** 25))).toThrow(/line 1: a line is an object/);
});
