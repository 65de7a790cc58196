import { expect, test } from "vitest";
import { parsePredictions, parseReferences } from "../index.ts";

test("lines end where Python's codecs ends them, and what follows the last end is a line where it is not empty", () => {
  expect(parsePredictions("\ufeffa\r\nb\rc\u0085\u2028 d \n\n")).toEqual(["a", "b", "c", "", "d", ""]);
  expect(parsePredictions("a\n\nb")).toEqual(["a", "", "b"]);
});

test("a file of line ends alone is refused: a list of so many texts would end the process", () => {
  const bytes = new Uint8Array(140_000_000).fill(0x0a);
  for (const parse of [parsePredictions, parseReferences]) {
    expect(() => parse(bytes)).toThrow(expect.objectContaining({ name: "FormatError", code: "too_many_lines" }));
  }
});
