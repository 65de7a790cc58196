import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadTokenizer } from "./index.ts";

/** What tools/golden/tokenizer_folders.py writes. */
interface Golden {
  readonly texts: readonly string[];
  readonly pairs: readonly (readonly [string, string])[];
  readonly merges: readonly string[];
  readonly vocabularies: Readonly<Record<string, unknown>>;
  readonly cases: readonly {
    readonly vocabulary: string;
    readonly files: Readonly<Record<string, unknown>>;
    readonly expected: {
      readonly ids: readonly number[][];
      readonly pairs: readonly number[][];
      readonly cut: readonly number[];
      readonly decoded: readonly string[];
      readonly plain: readonly string[];
      readonly bos: number | null;
      readonly eos: number | null;
      readonly pad: number | null;
      readonly size: number;
      readonly maxLength: number | null;
    };
  }[];
}

const file = process.env["TOKENIZER_FOLDERS"] ?? join(import.meta.dirname, "../fixtures/tokenizer-folders.json");
const golden: Golden = JSON.parse(await readFile(file, "utf8"));

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "dylora-folders-"));
});
afterAll(() => rm(dir, { recursive: true }));

function contentOf(name: string, content: unknown, vocabulary: string): string {
  const { merges, vocabularies } = golden;
  if (name === "merges.txt") return ["#version: 0.2", ...merges, ""].join("\n");
  if (name === "vocab.json") return JSON.stringify(vocabularies[vocabulary]);
  if (name !== "tokenizer.json") return JSON.stringify(content);
  const { model, ...others } = content as { model: object };
  const lists = "merges" in model ? { merges: merges.map((merge) => merge.split(" ")) } : {};
  return JSON.stringify({ ...others, model: { ...model, vocab: vocabularies[vocabulary], ...lists } });
}

test.each(golden.cases.map((one, index) => [index, one] as const))("folder %i as AutoTokenizer", async (_, one) => {
  const folder = await mkdtemp(join(dir, "folder-"));
  for (const [name, content] of Object.entries(one.files)) {
    await writeFile(join(folder, name), contentOf(name, content, one.vocabulary));
  }
  const { expected } = one;
  const tokenizer = await loadTokenizer(folder);
  expect(golden.texts.map((text) => tokenizer.encode(text))).toEqual(expected.ids);
  expect(golden.pairs.map(([first, second]) => tokenizer.encode(first, second))).toEqual(expected.pairs);
  expect(tokenizer.encode(golden.texts[3] as string, undefined, { maxLength: 6 })).toEqual(expected.cut);
  expect(expected.ids.map((ids) => tokenizer.decode(ids, { skipSpecial: false }))).toEqual(expected.decoded);
  expect(expected.ids.map((ids) => tokenizer.decode(ids))).toEqual(expected.plain);
  expect(tokenizer.vocabSize).toBe(expected.size);
  expect(tokenizer.maxLength).toBe(expected.maxLength ?? undefined);
  if (expected.eos !== null) expect(tokenizer.eosId).toBe(expected.eos);
  if (expected.bos !== null) expect(tokenizer.bosId).toBe(expected.bos);
  if (expected.pad !== null) expect(tokenizer.padId).toBe(expected.pad);
});
