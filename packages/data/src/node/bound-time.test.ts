import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "@dylora/errors";
import { expect, test } from "vitest";
import { holdsPattern, withinTime } from "./bound-time.ts";
import { loadTokenizer } from "./load-tokenizer.ts";

test("work that ends gives its result, or throws what it throws", () => {
  expect(withinTime("f", () => withinTime("f", () => 7))).toBe(7);
  const error = new ConfigError("a", "b");
  expect(() =>
    withinTime("f", () => {
      throw error;
    }),
  ).toThrow(error);
  expect(withinTime("f", () => "still usable")).toBe("still usable");
});

test("an expression that backtracks without end is broken off", () => {
  const text = `${"a".repeat(60)}!`;
  expect(() => withinTime("f.json", () => /^(a+)+$/.test(text), 50)).toThrow(/^f\.json: a text takes over 0\.05 s/);
  expect(withinTime("f.json", () => /^a+!$/.test(text), 1000)).toBe(true);
});

test("patterns are found wherever a part holds them", () => {
  expect(holdsPattern({ pretokenizers: [{ type: "Split", pattern: { Regex: "a" } }] })).toBe(true);
  expect([null, { type: "ByteLevel" }, { pattern: { String: "Regex" } }].map((part) => holdsPattern(part))).toEqual([
    false,
    false,
    false,
  ]);
});

test("a tokenizer.json with such an expression is refused when it meets the text", { timeout: 20_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "dylora-tokenizer-"));
  const tokenizer = {
    model: { type: "BPE", vocab: { a: 0, b: 1 }, merges: [] },
    pre_tokenizer: { type: "Split", pattern: { Regex: "(a+)+c" }, behavior: "Isolated", invert: false },
  };
  await writeFile(join(folder, "tokenizer.json"), JSON.stringify(tokenizer));
  const { encode } = await loadTokenizer(folder);
  expect(encode("aab")).toEqual([0, 0, 1]);
  expect(() => encode("a".repeat(60))).toThrow(expect.objectContaining({ code: "bad_tokenizer" }));
});
