import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { goldenFolder } from "@dylora/golden-suite";
import { parseSweepFile } from "@dylora/report";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "../fixtures/run-cli.ts";
import { makeTinyGeneration, type TinyGeneration } from "../fixtures/tiny-generation.ts";
import { flagOf } from "../options/option.ts";

/** What tools/golden/generation_defaults.py writes. */
interface Golden {
  readonly prompts: readonly number[][];
  readonly cases: readonly {
    readonly name: string;
    readonly generation: object | null;
    readonly config: object;
    readonly call: Readonly<Record<string, unknown>>;
    readonly tokens: readonly number[][];
  }[];
}

const file = join(import.meta.dirname, "../../../generation/src/fixtures/generation-defaults.json");
const golden: Golden = JSON.parse(await readFile(file, "utf8"));

let dir: string;
let sample: TinyGeneration;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "dylora-folder-generation-"));
  sample = await makeTinyGeneration();
});
afterAll(async () => {
  await rm(dir, { recursive: true });
  await sample.remove();
});

/** The golden base with other side files. */
async function baseWith(generation: object | null, changes: object = {}): Promise<string> {
  const base = await mkdtemp(join(dir, "base-"));
  await cp(join(goldenFolder("gpt2-tiny"), "base"), base, { recursive: true });
  const config = JSON.parse(await readFile(join(base, "config.json"), "utf8"));
  await writeFile(join(base, "config.json"), JSON.stringify({ ...config, ...changes }));
  await rm(join(base, "generation_config.json"));
  if (generation !== null) await writeFile(join(base, "generation_config.json"), JSON.stringify(generation));
  return base;
}

const input = golden.prompts.map((ids) => `${JSON.stringify({ input_ids: ids })}\n`).join("");

async function generate(base: string, ...args: string[]) {
  const run = await runCli(["generate", "--base", base, "--input", "-", "--output", "-", ...args], { input });
  const lines = run.out.trimEnd().split("\n");
  return { ...run, tokens: () => lines.map((line) => JSON.parse(line).tokens as number[]) };
}

const camel = (name: string): string => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

test.each(golden.cases.map((one) => [one.name, one] as const))(
  "a folder with %s: transformers' tokens",
  async (_, one) => {
    const flags = Object.entries(one.call).flatMap(([name, value]) => [flagOf(camel(name)), String(value)]);
    const run = await generate(await baseWith(one.generation, one.config), ...flags);
    expect(run.err).not.toMatch(/^dylora: /m);
    expect(run.tokens()).toEqual(one.tokens);
  },
);

const busy = { eos_token_id: [2, 39], repetition_penalty: 1.4, num_beams: 3, temperature: 0.2, max_new_tokens: 9 };

test("what came from the folder is said; what a flag says instead is not", async () => {
  const base = await baseWith(busy);
  const { err } = await generate(base, "--num-beams", "1");
  expect(err).toMatch(
    /from generation_config\.json: max_new_tokens 9, repetition_penalty 1\.4; flags take their place/,
  );
  expect(err).not.toMatch(/temperature|num_beams/);
  const plain = await generate(await baseWith({ eos_token_id: 39 }));
  expect(plain.err).not.toMatch(/generation_config/);
});

test("--ignore-generation-config leaves all out but the end tokens", async () => {
  const flags = ["--max-new-tokens", "12"];
  const ignoring = await generate(await baseWith(busy), "--ignore-generation-config", ...flags);
  const ends = await generate(await baseWith({ eos_token_id: [2, 39] }), ...flags);
  expect(ignoring.tokens()).toEqual(ends.tokens());
  expect(ignoring.err).not.toMatch(/from generation_config/);
  const stubborn = await generate(
    await baseWith({ ...busy, stop_strings: ["."] }),
    "--ignore-generation-config",
    ...flags,
  );
  expect(stubborn.tokens()).toEqual(ends.tokens());
});

test("--eos takes the place of the folder's end tokens, and one beyond the vocabulary never comes", async () => {
  const flags = ["--max-new-tokens", "8"];
  const base = await baseWith({ eos_token_id: [2, 39, 50256] });
  const [none, all] = [await generate(await baseWith({}), ...flags), await generate(base, ...flags)];
  expect(all.tokens().map((ids) => ids.length)).toEqual([2, 1, 1]);
  expect((await generate(base, "--eos", "98", ...flags)).tokens()).toEqual(none.tokens());
  expect(none.err).toMatch(/generation_config\.json names no end token/);
});

test("a folder that samples: drawn, reproducible, from the 50 likeliest", async () => {
  const base = await baseWith({ do_sample: true, temperature: 1.5, eos_token_id: [] });
  const [one, again] = [await generate(base, "--seed", "3"), await generate(base, "--seed", "3")];
  expect(one.tokens()).toEqual(again.tokens());
  expect((await generate(base, "--seed", "4")).tokens()).not.toEqual(one.tokens());
  expect(one.err).toMatch(/do_sample true, temperature 1\.5, top_k 50, as in transformers/);
});

test("a begin token that the tokenizer places comes before a prompt, as in Python", async () => {
  const base = join(dir, "begins");
  await cp(sample.model, base, { recursive: true });
  const begins = { tokenizer_class: "GPT2Tokenizer", bos_token: "A", eos_token: "<|endoftext|>", add_bos_token: true };
  await writeFile(join(base, "tokenizer_config.json"), JSON.stringify(begins));
  const written = async (input: string) => {
    const flags = ["--base", base, "--input", "-", "--output", "-", "--max-new-tokens", "8"];
    return (await runCli(["generate", ...flags], { input })).out;
  };
  const ids = JSON.parse(await readFile(join(base, "vocab.json"), "utf8"));
  const asIds = await written(JSON.stringify({ input_ids: [ids.A, ids.c, ids.b] }));
  expect(asIds).toMatch(/"tokens":\[\d/);
  expect(await written('{"prompt": "cb"}')).toBe(asIds);
  expect(await written(JSON.stringify({ input_ids: [ids.c, ids.b] }))).not.toBe(asIds);
});

test.each([
  [{ stop_strings: ["x"] }, [], /stop_strings is \["x"\], which dylora cannot honour/],
  [{ num_beams: 0 }, [], /num_beams is 0; it must be a whole number from 1 to 1000/],
  [{ max_length: 4 }, [], /line 2: the prompt has 6 tokens; max_length in generation_config\.json is 4/],
  [{ num_beams: 4 }, ["--do-sample"], /--do-sample goes with --num-beams 1, not 4/],
  [{ temperature: 0.5 }, ["--top-k", "4"], /--top-k needs --do-sample/],
] as const)("%o is refused before the model is loaded", async (generation, flags, message) => {
  const { code, err, out } = await generate(await baseWith(generation), ...flags);
  expect(err).toMatch(message);
  expect({ code, out }).toEqual({ code: 2, out: "" });
});

test("a sweep ends its texts with the folder's end tokens, and takes nothing else of the file", async () => {
  const base = join(dir, "sweep-base");
  await cp(sample.model, base, { recursive: true });
  const out = sample.out("folder-ends");
  const train = ["train", "--base", base, "--task", "e2e", "--data", sample.data("e2e"), "--out", out];
  expect((await runCli([...train, "--steps", "1", "--rank", "1", "--lr", "1e-9"])).code).toBe(0);
  const texts = async (generation: object) => {
    await writeFile(join(base, "generation_config.json"), JSON.stringify(generation));
    const run = await runCli(["sweep", out, "--resamples", "20", "--json"]);
    expect(run.err).not.toMatch(/^dylora: /m);
    return (parseSweepFile(run.out, "sweep").samples ?? []).map(({ outputs }) => outputs[0]?.text ?? "");
  };
  const endless = await texts({});
  expect(await texts({ repetition_penalty: 1.9, num_beams: 3, stop_strings: ["a"] })).toEqual(endless);
  const all = Array.from({ length: 99 }, (_, id) => id);
  expect(await texts({ eos_token_id: all })).toEqual(["", ""]);
  expect(endless.join("")).not.toBe("");
});
