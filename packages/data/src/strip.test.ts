import { expect, test } from "vitest";
import { strip } from "./index.ts";

test("what Python takes for white space goes from the ends, and nothing else", () => {
  // [...filter(str.isspace, map(chr, range(0x110000)))] of Python 3.11.
  const spaces = [
    ...[9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 133, 160, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005],
    ...[0x2006, 0x2007, 0x2008, 0x2009, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000],
  ];
  const found = Array.from({ length: 0x10000 }, (_, code) => code).filter(
    (code) => strip(String.fromCharCode(code)) === "",
  );
  expect(found).toEqual(spaces);
  expect(strip(" \u0085a b\u2028 \n")).toBe("a b");
  expect(strip("\ufeffa\ufeff ")).toBe("\ufeffa\ufeff");
});
