import { copyFile, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hasOutside, outsidePath } from "../fixtures/outside-material.ts";
import { type Tokenizer, type TruncationStrategy, truncatePair } from "../index.ts";
import { loadTokenizer } from "./index.ts";

/** What tools/golden/tokenizer.py writes. */
interface Golden {
  readonly texts: readonly string[];
  readonly pairs: readonly (readonly [string, string])[];
  readonly maxLengths: readonly number[];
  readonly truncatedText: number;
  readonly longestFirst: readonly (readonly [first: number, second: number, room: number, ...kept: number[]])[];
  readonly tokenizers: Readonly<
    Record<
      "quickstart" | "roberta" | "gpt2",
      {
        readonly vocabSize: number;
        readonly singles: readonly number[][];
        readonly decoded: readonly string[];
        readonly decodedPlain: readonly string[];
        readonly pairs: readonly number[][];
        readonly truncatedSingles: readonly (number[] | null)[];
        readonly truncatedPairs: Readonly<Record<TruncationStrategy, readonly (number[] | null)[][]>>;
      }
    >
  >;
}

const golden: Golden = JSON.parse(await readFile(join(import.meta.dirname, "../fixtures/tokenizer.json"), "utf8"));
const QUICKSTART = join(import.meta.dirname, "../../../../examples/quickstart/model");

const orRefused = (encode: () => number[]): number[] | null => {
  try {
    return encode();
  } catch (error) {
    expect(error).toMatchObject({
      name: "ConfigError",
      code: expect.stringMatching(/^(cannot_truncate|bad_max_length)$/),
    });
    return null;
  }
};

function agreesWithRust(tokenizer: Tokenizer, name: keyof Golden["tokenizers"]): void {
  const expected = golden.tokenizers[name];
  expect(tokenizer.vocabSize).toBe(expected.vocabSize);
  golden.texts.forEach((text, i) => {
    const ids = tokenizer.encode(text);
    expect(ids, JSON.stringify(text)).toEqual(expected.singles[i]);
    expect(tokenizer.decode(ids, { skipSpecial: false })).toBe(expected.decoded[i]);
    expect(tokenizer.decode(ids)).toBe(expected.decodedPlain[i]);
  });
  const inputs = golden.pairs.map(([text, textPair]) => ({ text, textPair }));
  expect(tokenizer.encodeBatch(inputs)).toEqual(expected.pairs);
  const long = golden.texts[golden.truncatedText]!;
  golden.maxLengths.forEach((maxLength, i) => {
    expect(orRefused(() => tokenizer.encode(long, undefined, { maxLength }))).toEqual(expected.truncatedSingles[i]);
    for (const [truncation, pairs] of Object.entries(expected.truncatedPairs)) {
      const options = { maxLength, truncation: truncation as TruncationStrategy };
      golden.pairs.forEach(([text, pair], row) => {
        const ids = orRefused(() => tokenizer.encode(text, pair, options));
        expect(ids, `${truncation} ${maxLength} ${text}|${pair}`).toEqual(pairs[row]![i]);
      });
    }
  });
}

test("the quickstart tokenizer encodes, decodes and truncates as the Rust library", async () => {
  const tokenizer = await loadTokenizer(QUICKSTART);
  agreesWithRust(tokenizer, "quickstart");
  expect(tokenizer).toMatchObject({ bosId: 0, padId: 1, eosId: 2 });
  expect(tokenizer.tokenId("<mask>")).toBe(4);
});

test("longest_first cuts pairs of all small lengths as the Rust library", () => {
  expect(golden.longestFirst).toHaveLength(8 * 8 * 13);
  for (const [first, second, room, ...kept] of golden.longestFirst) {
    expect(truncatePair([first, second], room, "longest_first"), `${first} ${second} ${room}`).toEqual(kept);
  }
});

test("vocab.json and merges.txt make the same tokenizer as tokenizer.json", async () => {
  const folder = await mkdtemp(join(tmpdir(), "dylora-tokenizer-"));
  const { model } = JSON.parse(await readFile(join(QUICKSTART, "tokenizer.json"), "utf8"));
  await writeFile(join(folder, "vocab.json"), JSON.stringify(model.vocab));
  const merges = model.merges.map((merge: readonly string[]) => merge.join(" "));
  await writeFile(join(folder, "merges.txt"), ["#version: 0.2", ...merges, ""].join("\n"));
  const built = await loadTokenizer(folder);
  const loaded = await loadTokenizer(QUICKSTART);
  expect(built).toMatchObject({ bosId: 0, padId: 1, eosId: 2, vocabSize: loaded.vocabSize });
  for (const text of golden.texts.filter((text) => !text.includes("<mask>"))) {
    expect(built.encode(text, text)).toEqual(loaded.encode(text, text));
  }
});

describe("published vocabularies (outside material)", () => {
  test.skipIf(!hasOutside("tokenizers/roberta"))("RoBERTa from vocab.json and merges.txt", async () => {
    const tokenizer = await loadTokenizer(outsidePath("tokenizers/roberta"));
    agreesWithRust(tokenizer, "roberta");
    expect(tokenizer).toMatchObject({ bosId: 0, padId: 1, eosId: 2 });
  });

  test.skipIf(!hasOutside("tokenizers/gpt2"))(
    "GPT-2 from tokenizer.json, and from vocab.json and merges.txt",
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "dylora-tokenizer-"));
      for (const name of ["vocab.json", "merges.txt"]) {
        await copyFile(outsidePath("tokenizers/gpt2", name), join(folder, name));
      }
      for (const tokenizer of [await loadTokenizer(outsidePath("tokenizers/gpt2")), await loadTokenizer(folder)]) {
        agreesWithRust(tokenizer, "gpt2");
        expect(tokenizer).toMatchObject({ bosId: 50256, padId: 50256, eosId: 50256 });
      }
    },
  );
});

describe("what is refused", () => {
  const folderWith = async (files: Readonly<Record<string, string>>) => {
    const folder = await mkdtemp(join(tmpdir(), "dylora-tokenizer-"));
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    return folder;
  };

  test("no tokenizer: the error lists the files looked for", async () => {
    const folder = await folderWith({ "vocab.json": "{}" });
    await expect(loadTokenizer(folder)).rejects.toMatchObject({
      code: "missing_tokenizer",
      message: `${folder} holds no tokenizer; looked for ${join(folder, "tokenizer.json")}, and for ${join(folder, "vocab.json")} with ${join(folder, "merges.txt")}`,
    });
    await expect(loadTokenizer(join(folder, "none"))).rejects.toMatchObject({ code: "missing_tokenizer" });
  });

  test.each([
    ["not JSON", { "tokenizer.json": "{" }, "bad_json", "tokenizer.json is not JSON"],
    ["no tokenizer", { "tokenizer.json": "{}" }, "bad_tokenizer", "is no tokenizer.json of a known kind"],
    ["a list", { "vocab.json": "[]", "merges.txt": "" }, "bad_json", "vocab.json does not hold a JSON object"],
    ["ids of text", { "vocab.json": '{"a":"0"}', "merges.txt": "" }, "bad_tokenizer", 'token "a" has id "0"'],
    [
      "a merge of one",
      { "vocab.json": "{}", "merges.txt": "#version: 0.2\na b\nab\n" },
      "bad_merges",
      "merges.txt, line 3",
    ],
  ])("%s", async (_, files, code, message) => {
    const refused = expect.objectContaining({ code, message: expect.stringContaining(message) });
    await expect(loadTokenizer(await folderWith(files as unknown as Record<string, string>))).rejects.toEqual(refused);
  });

  test("encodeBatch names the input that cannot be cut", async () => {
    const tokenizer = await loadTokenizer(QUICKSTART);
    const inputs = [{ text: "a" }, { text: "a", textPair: "a long second text" }];
    expect(() => tokenizer.encodeBatch(inputs, { maxLength: 6, truncation: "only_first" })).toThrow(
      /^input 1: the first/,
    );
    expect(() => tokenizer.encode("a", undefined, { maxLength: 1 })).toThrow(/maxLength 1 has no room for 2 special/);
  });
});
