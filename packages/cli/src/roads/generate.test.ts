import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Golden, loadGolden } from "@dylora/golden-suite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CliRun, runCli } from "../fixtures/run-cli.ts";
import { makeTinyGeneration, type TinyGeneration } from "../fixtures/tiny-generation.ts";
import { flagOf } from "../options/option.ts";

interface GoldenCase {
  readonly name: string;
  readonly adapter: string | null;
  readonly rank: number | null;
  readonly args: Readonly<Record<string, unknown>>;
  readonly prompts: readonly (readonly number[])[];
  readonly tokens: readonly (readonly number[])[];
}

const golden: Golden = await loadGolden("gpt2-tiny");
const cases = golden.meta["generation"] as GoldenCase[];
const refused = golden.meta["generation_refused"] as GoldenCase[];

let sample: TinyGeneration;
let dir: string;
beforeAll(async () => {
  sample = await makeTinyGeneration();
  dir = await mkdtemp(join(tmpdir(), "dylora-generate-"));
});
afterAll(async () => {
  await sample.remove();
  await rm(dir, { recursive: true });
});

const jsonLines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

/** transformers' arguments as our flags, which have the same names. */
function flagsOf({ args, prompts: [first = []] }: GoldenCase): string[] {
  const { max_length: total, eos_token_id: eos, ...others } = args;
  const named = Object.entries(others).flatMap(([name, value]) => [
    flagOf(name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())),
    String(value),
  ]);
  const length = total === undefined ? [] : ["--max-new-tokens", String((total as number) - first.length)];
  return [...named, ...length, ...(eos === undefined ? [] : ["--eos", [eos].flat().join(",")])];
}

async function generateCase(one: GoldenCase): Promise<CliRun> {
  const input = join(dir, "in.jsonl");
  await writeFile(input, jsonLines(one.prompts.map((ids) => ({ input_ids: ids }))));
  const adapter = one.adapter === null ? [] : ["--adapter", join(golden.folder, one.adapter)];
  const rank = one.rank === null ? [] : ["--rank", String(one.rank)];
  const files = ["--base", join(golden.folder, "base"), "--input", input, "--output", join(dir, "out.jsonl")];
  return runCli(["generate", ...files, ...adapter, ...rank, ...flagsOf(one)]);
}

describe("equals transformers token for token", () => {
  test.each(cases.map((one) => [one.name, one] as const))("%s", async (_, one) => {
    const { code, err } = await generateCase(one);
    expect(err).not.toMatch(/^dylora:/m);
    expect(code).toBe(0);
    const lines = (await readFile(join(dir, "out.jsonl"), "utf8")).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual(one.tokens.map((tokens) => ({ tokens, text: null })));
  });
});

test.each(refused.map((one) => [one.name, one] as const))("refuses what transformers refuses: %s", async (_, one) => {
  const { code, err } = await generateCase(one);
  expect(err).toMatch(/^dylora: [^\n]+\n$/);
  expect(code).toBe(2);
});

/** Generates from standard input to standard output, with the tokenizer of the sample. */
const pipe = (rows: readonly object[] | string, ...args: string[]): Promise<CliRun> =>
  runCli(["generate", "--base", sample.model, "--input", "-", "--output", "-", ...args], {
    input: typeof rows === "string" ? rows : jsonLines(rows),
  });

const parse = ({ out }: CliRun): { tokens: number[]; text: string }[] =>
  out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("texts", () => {
  test("keep the order of their prompts, whatever their lengths and the batches", async () => {
    const prompts = ["ab", "abcdefgh", "q", "name[Ab] =>", "ab"].map((prompt) => ({ prompt }));
    const [one, all] = [await pipe(prompts, "--batch-size", "1"), await pipe(prompts, "--batch-size", "16")];
    expect(one.err).toMatch(/generate: 5\/5 texts/);
    expect(parse(all)).toEqual(parse(one));
    expect(parse(one)[4]).toEqual(parse(one)[0]);
    expect(parse(one)[0]?.text).toMatch(/^.{5}/);
  });
  test("do not depend on their neighbours: a long prompt shortens its own text alone", async () => {
    const short = { prompt: "q" };
    const long = { prompt: "abcdefgh".repeat(5) };
    for (const how of [[], ["--num-beams", "3"], ["--do-sample", "--temperature", "2"]]) {
      const args = [...how, "--eos", "98"];
      const alone = await pipe([short], ...args);
      const together = await pipe([long, short, long], ...args);
      expect(parse(together)[1]).toEqual(parse(alone)[0]);
      expect(parse(alone)[0]?.tokens).toHaveLength(48);
      expect(parse(together)[0]?.tokens).toHaveLength(9);
      expect(together.err).toMatch(/less room than 64 new tokens.*3 prompts, the first standard input, line 1/);
    }
  });
  test("of prompts that are too long are cut to the last tokens, where that is asked for", async () => {
    const long = "abcdefgh".repeat(9);
    const args = ["--max-new-tokens", "10", "--cut-prompts"];
    const run = await pipe([{ prompt: "ab" }, { prompt: long }], ...args);
    expect(run.err).toMatch(/too long for .*, which takes 48 tokens, cut to the last ones: standard input, line 2/);
    expect(parse(run)).toEqual(
      parse(await pipe([{ prompt: "ab" }, { prompt: long.slice(-39) }], "--max-new-tokens", "10")),
    );
  });
  test("sampled ones depend on the seed", async () => {
    const sampled = (seed: string) =>
      pipe([{ prompt: "ab" }], "--do-sample", "--seed", seed, "--temperature", "2", "--top-k", "50", "--top-p", "0.9");
    const [a, again, other] = [await sampled("1"), await sampled("1"), await sampled("2")];
    expect(a.out).toBe(again.out);
    expect(a.out).not.toBe(other.out);
  });
  test("several for each prompt come one after the other", async () => {
    const run = await pipe([{ prompt: "ab" }, { prompt: "c" }], "--num-beams", "3", "--num-return-sequences", "2");
    expect(parse(run)).toHaveLength(4);
  });
  test("the result says how much was written, under --json", async () => {
    const output = join(dir, "some.jsonl");
    const run = await pipe([{ prompt: "ab" }], "--output", output, "--max-new-tokens", "5", "--eos", "98", "--json");
    expect(run.json()).toMatchObject({ output, prompts: 1, tokens: 5, rank: null });
  });
});

describe("refused, before the model is loaded", () => {
  const expectRefused = async (rows: readonly object[] | string, message: RegExp, ...args: string[]): Promise<void> => {
    const { code, err, out } = await pipe(rows, ...args);
    expect(err).toMatch(message);
    expect(err).toMatch(/^dylora: [^\n]+\n$/);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  };
  const good = [{ prompt: "ab" }];

  test("an empty prompt", () =>
    expectRefused([...good, { prompt: "" }], /standard input, line 2: the prompt is empty/));
  test("no tokens", () => expectRefused([{ input_ids: [] }], /line 1: "input_ids" must be an array .* not empty/));
  test("a token that the model has not", () => expectRefused([{ input_ids: [1, 99] }], /line 1: .*99.* 0 to 98/));
  test("a prompt longer than the context", () =>
    expectRefused([{ prompt: "a".repeat(49) }], /line 1: the prompt has 49 tokens; .* takes 48/));
  test("a prompt that leaves no room", () =>
    expectRefused(
      [{ prompt: "a".repeat(40) }],
      /line 1: .*leaves 9 .*--max-new-tokens is 10; .*--cut-prompts/,
      "--max-new-tokens",
      "10",
    ));
  test("data, where nobody says how they become prompts", () =>
    expectRefused([{ context: "name[Aromi]" }], /line 1: "context": it is not known .*--prompt-form lora or arrow/));
  test("data that are empty", () =>
    expectRefused([{ context: " " }], /line 1: the context is empty/, "--prompt-form", "lora"));
  test("both forms at once", () => expectRefused([{ input_ids: [1], prompt: "a" }], /line 1: give "input_ids" or/));
  test("neither", () => expectRefused([{ text: "a" }], /line 1: a line is \{"prompt"/));
  test("what is no JSON", () => expectRefused('{"prompt": "a"}\n{"prompt"\n', /line 2: not JSON/));
  test("nothing at all", () => expectRefused("", /standard input holds no lines/));
  test("no beams", () => expectRefused(good, /--num-beams is 0; it must be/, "--num-beams", "0"));
  test("no new tokens", () => expectRefused(good, /--max-new-tokens is 0/, "--max-new-tokens", "0"));
  test("sampling with beams", () => expectRefused(good, /--do-sample goes with/, "--do-sample", "--num-beams", "2"));
  test("a temperature without sampling", () =>
    expectRefused(good, /--temperature needs --do-sample/, "--temperature", "2"));
  test("fewer at most than at least", () =>
    expectRefused(good, /--min-new-tokens 5 is above/, "--min-new-tokens", "5", "--max-new-tokens", "4"));
  test("early stopping that is no such word", () =>
    expectRefused(good, /--early-stopping is maybe; it must be true, false or never/, "--early-stopping", "maybe"));
  test("a rank without an adapter", () => expectRefused(good, /--rank needs --adapter/, "--rank", "1"));
  test("a rank that the adapter has not", () =>
    expectRefused(good, /rank 99/, "--adapter", join(golden.folder, "adapter"), "--rank", "99"));
  test("an end token that the model has not", () =>
    expectRefused(good, /--eos has token 99; .* knows tokens 0 to 98/, "--eos", "99"));
  test("text that is not UTF-8", async () => {
    const input = join(dir, "latin1.jsonl");
    await writeFile(input, Buffer.from('{"prompt": "a"}\n{"prompt": "\xe9"}\n', "latin1"));
    await expectRefused(good, /latin1\.jsonl, line 2: not valid UTF-8/, "--input", input);
  });
  test("a model that classifies", async () => {
    const base = join((await loadGolden("roberta-tiny")).folder, "base");
    await expectRefused(good, /generating needs a model that generates text.*is roberta/, "--base", base);
  });
  test("a model that generates, for classes", async () => {
    const args = ["predict", "--base", sample.model, "--input", "-", "--output", "-"];
    const { code, err } = await runCli(args, { input: '{"text": "a"}' });
    expect(err).toMatch(/predicting needs a model that classifies.*is gpt2/);
    expect(code).toBe(2);
  });
});
