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
    const folder = await mkdtemp(join(tmpdir(), "dylora-tokenizer-"));
    for (const name of ["vocab.json", "merges.txt"]) {
      await copyFile(outsidePath("tokenizers/roberta", name), join(folder, name));
    }
    // The mask as roberta-base's tokenizer.json has it; transformers 5 gives it no lstrip of its own.
    const mask = { content: "<mask>", lstrip: true, rstrip: false, normalized: false, single_word: false };
    await writeFile(join(folder, "special_tokens_map.json"), JSON.stringify({ mask_token: mask }));
    const tokenizer = await loadTokenizer(folder);
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

describe("special tokens of a class that the vocabulary has not", () => {
  const load = async (config: object, others: object = {}) => {
    const folder = await mkdtemp(join(tmpdir(), "dylora-tokenizer-"));
    const vocab = { "<end>": 0, "<fill>": 1, a: 2 };
    const files = { "vocab.json": vocab, "config.json": config, ...others };
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), JSON.stringify(content));
    await writeFile(join(folder, "merges.txt"), "#version: 0.2\n");
    return loadTokenizer(folder);
  };
  test("give way to the ids of config.json, which the model has rows for", async () => {
    const gpt2 = await load({ model_type: "gpt2", eos_token_id: 0 });
    expect(gpt2).toMatchObject({ eosId: 0, padId: 0 });
    const roberta = await load({ model_type: "roberta", eos_token_id: 0, pad_token_id: 1, bos_token_id: 0 });
    expect(roberta).toMatchObject({ eosId: 0, padId: 1, bosId: 0 });
  });
  test("else are the added ones, as in transformers", async () => {
    expect(await load({ model_type: "gpt2" })).toMatchObject({ eosId: 3, padId: 3, vocabSize: 4 });
  });
  test("a file's own word counts before config.json", async () => {
    const files = { "special_tokens_map.json": { eos_token: "<end>", pad_token: "<fill>" } };
    expect(await load({ model_type: "gpt2", eos_token_id: 2 }, files)).toMatchObject({ eosId: 0, padId: 1 });
  });
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
    await expect(loadTokenizer(join(folder, "none"))).rejects.toMatchObject({ code: "file_missing" });
  });

  test("a SentencePiece model alone: the error says how to make a tokenizer.json", async () => {
    const folder = await folderWith({ "sentencepiece.bpe.model": "", "config.json": "{}" });
    await expect(loadTokenizer(folder)).rejects.toMatchObject({
      code: "missing_tokenizer",
      message: expect.stringMatching(/sentencepiece\.bpe\.model, which dylora does not read; .*AutoTokenizer/),
    });
  });

  const bpe = (changes: object, others: object = {}) =>
    JSON.stringify({ model: { type: "BPE", vocab: { a: 0, b: 1, ab: 2 }, merges: ["a b"], ...changes }, ...others });
  const token = (changes: object) => JSON.stringify({ added_tokens_decoder: { 3: { content: "<x>", ...changes } } });

  test.each<[string, Record<string, string>, string]>([
    [
      "an id without bound",
      { "tokenizer.json": bpe({ vocab: { a: 2147483648 } }) },
      'token "a" has id 2147483648; ids are',
    ],
    [
      "an added id without bound",
      { "tokenizer.json": bpe({}, { added_tokens: [{ id: 1e8, content: "<x>" }] }) },
      'token "<x>" has id 100000000',
    ],
    [
      "an added id without bound",
      { "tokenizer.json": bpe({}), "added_tokens.json": '{"<x>":1e9}' },
      "has id 1000000000",
    ],
    ["an added id of text", { "tokenizer.json": bpe({}), "added_tokens.json": '{"<x>":"3"}' }, 'has id "3"'],
    [
      "an added token without text",
      { "tokenizer.json": bpe({}, { added_tokens: [{ id: 1, content: { a: 1 } }] }) },
      'an added token is {"id":1,"content":{"a":1}}',
    ],
    [
      "a flag that is none",
      { "tokenizer.json": bpe({}), "tokenizer_config.json": token({ lstrip: "no" }) },
      "lstrip of",
    ],
    [
      "a table that is none",
      { "tokenizer.json": bpe({}), "tokenizer_config.json": '{"added_tokens_decoder":[]}' },
      "is []",
    ],
    [
      "a role that is none",
      { "tokenizer.json": bpe({}), "special_tokens_map.json": '{"eos_token":7}' },
      "eos_token is 7",
    ],
    ["a merge of unknown tokens", { "tokenizer.json": bpe({ merges: ["a b", "b c"] }) }, 'merge 1 needs the token "c"'],
    ["a merge of three", { "tokenizer.json": bpe({ merges: ["a b c"] }) }, 'merge 0 is "a b c"; it must be two tokens'],
    ["a vocabulary of nothing", { "tokenizer.json": bpe({ vocab: null }) }, "the vocabulary is null"],
    [
      "pieces without scores",
      { "tokenizer.json": '{"model":{"type":"Unigram","vocab":[["a"]]}}' },
      '["a"] in the vocabulary',
    ],
    [
      "an unknown piece beyond the list",
      { "tokenizer.json": '{"model":{"type":"Unigram","unk_id":5,"vocab":[["a",0]]}}' },
      "unk_id is 5; it must be an id from 0 to 0",
    ],
    ["a normalizer that is none", { "tokenizer.json": bpe({}, { normalizer: "NFC" }) }, 'normalizer is "NFC"'],
    ["a normalizer of no kind", { "tokenizer.json": bpe({}, { normalizer: { type: "Odd" } }) }, "of a known kind"],
    [
      "a post-processor without its tokens",
      { "tokenizer.json": bpe({}, { post_processor: { type: "RobertaProcessing" } }) },
      "of a known kind",
    ],
    ["a side that is none", { "tokenizer.json": bpe({}), "tokenizer_config.json": '{"truncation_side":"up"}' }, '"up"'],
  ])("%s", async (_, files, message) => {
    const refused = expect.objectContaining({ code: "bad_tokenizer", message: expect.stringContaining(message) });
    await expect(loadTokenizer(await folderWith(files))).rejects.toEqual(refused);
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

  test("no error of another kind for very many extra tokens", async () => {
    const many = Array.from({ length: 200_000 }, (_, i) => `<${i}>`);
    const files = {
      "tokenizer.json": bpe({}),
      "special_tokens_map.json": JSON.stringify({ extra_special_tokens: many }),
    };
    const tokenizer = await loadTokenizer(await folderWith(files));
    expect(tokenizer.encode("a<199999>ab")).toEqual([0, 200_002, 2]);
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

test("a folder that is not there is said to be that, and a name of the hub is told apart", async () => {
  await expect(loadTokenizer("/nowhere/model")).rejects.toThrow("/nowhere/model does not exist");
  await expect(loadTokenizer("FacebookAI/roberta-base")).rejects.toThrow('by downloadModel("FacebookAI/roberta-base")');
});
