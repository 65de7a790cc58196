import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { goldenFolder } from "@dylora/golden-suite";
import { openModelFolder } from "@dylora/io/node";
import { attach } from "@dylora/lora-core";
import { loadGpt2 } from "@dylora/model-gpt2";
import { type Backend, useBackend } from "@dylora/tensor";
import { cpuBackend } from "@dylora/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type GenerationConfig, generate, generationSettings, parseGenerationConfig } from "./index.ts";
import { nextTokenWeights } from "./next-token-distribution.ts";

/** What tools/golden/generation_defaults.py writes. */
interface Golden {
  readonly prompts: readonly number[][];
  readonly cases: readonly {
    readonly name: string;
    readonly generation: object | null;
    readonly config: object;
    readonly call: object;
    readonly tokens: readonly number[][];
  }[];
  readonly samplers: readonly {
    readonly args: object;
    readonly logits: readonly number[];
    readonly shares: readonly number[];
  }[];
}

const golden: Golden = JSON.parse(
  await readFile(join(import.meta.dirname, "./fixtures/generation-defaults.json"), "utf8"),
);

let backend: Backend;
let dir: string;
beforeAll(async () => {
  backend = await useBackend(cpuBackend());
  dir = await mkdtemp(join(tmpdir(), "dylora-generation-config-"));
});
afterAll(async () => {
  backend.dispose();
  await rm(dir, { recursive: true });
});

/** A call's arguments in our terms: they are the fields of the file, and win. */
const argumentsOf = (call: object): GenerationConfig => ({
  ...("repetition_penalty" in call ? { repetitionPenalty: 1 } : {}),
  ...parseGenerationConfig(call),
});

test.each(golden.cases.map((one) => [one.name, one] as const))(
  "a folder with %s: transformers' tokens",
  async (_, one) => {
    const folder = await mkdtemp(join(dir, "model-"));
    await cp(join(goldenFolder("gpt2-tiny"), "base"), folder, { recursive: true });
    const config = JSON.parse(await readFile(join(folder, "config.json"), "utf8"));
    await writeFile(join(folder, "config.json"), JSON.stringify({ ...config, ...one.config }));
    await rm(join(folder, "generation_config.json"));
    if (one.generation !== null)
      await writeFile(join(folder, "generation_config.json"), JSON.stringify(one.generation));
    const opened = await openModelFolder(folder);
    const model = await loadGpt2(opened);
    await opened.weights.close();
    const defaults = parseGenerationConfig(opened.generationConfig ?? opened.config);
    const merged = { ...defaults, ...argumentsOf(one.call) };
    const { maxLength = 0 } = merged;
    const maxNewTokens = merged.maxNewTokens ?? golden.prompts.map((ids) => maxLength - ids.length);
    const settings = generationSettings(merged, { maxNewTokens });
    const texts = await generate(attach(model, { rank: 1 }), { ...settings, promptIds: golden.prompts, view: "base" });
    expect(texts.map(({ tokens }) => tokens)).toEqual(one.tokens);
    expect(model.config.eosTokenIds).toEqual(defaults.eosTokenIds ?? []);
    model.dispose();
  },
);

test("most new tokens are the folder's, unless the call says otherwise", () => {
  const config = parseGenerationConfig({ max_new_tokens: 7 });
  expect(generationSettings(config).maxNewTokens).toBe(7);
  expect(generationSettings(config, { maxNewTokens: [3, 4] }).maxNewTokens).toEqual([3, 4]);
  expect(() => generationSettings(parseGenerationConfig({ max_length: 20 }))).toThrow(/give \{ maxNewTokens \}/);
});

test.each(golden.samplers)("sampling by $args leaves transformers' probabilities", ({ args, logits, shares }) => {
  const { weights, total } = nextTokenWeights(Float32Array.from(logits), parseGenerationConfig(args));
  expect(Array.from(weights, (weight) => weight / total)).toEqual(shares.map((share) => expect.closeTo(share, 5)));
  expect(shares.filter((share) => share > 0).length).toBeLessThan(shares.length);
});

describe("sampling that a folder asks for", () => {
  const decodingOf = (config: GenerationConfig) => generationSettings(config, { maxNewTokens: 3 }).decoding;
  test("keeps the 50 likeliest where nothing is said", () => {
    const task = { vocabSize: 60, maxNewTokens: 3, eosTokenIds: [], process: () => {} };
    const text = (index: number) => ({ prompt: { index, ids: [index], repeat: 0 }, sample: 0, ids: [index] });
    const drawn = (topK: GenerationConfig) => {
      const decoder = decodingOf({ doSample: true, temperature: 50, ...topK })?.start(task);
      const scores = () => Float32Array.from({ length: 60 }, (_, id) => -id);
      const tokens = Array.from({ length: 400 }, (_, index) => decoder?.advance(scores(), [text(index)]));
      return Math.max(...tokens.flatMap((step) => step?.continuations.map(({ token }) => token) ?? []));
    };
    expect(drawn({})).toBe(49);
    expect(drawn({ topK: 0 })).toBeGreaterThan(49);
  });
  test("returns several, and does not go with beams", () => {
    expect(decodingOf({ doSample: true, numReturnSequences: 3 })?.numReturnSequences).toBe(3);
    expect(() => decodingOf({ doSample: true, numBeams: 2 })).toThrow(/sampling goes with one beam, not 2/);
    expect(() => decodingOf({ numReturnSequences: 2 })).toThrow(/2 texts for each prompt need as many beams/);
  });
});

test.each([
  [{ eos_token_id: "</s>" }, 'eos_token_id is "</s>"; it must be a token id or a list of these'],
  [{ eos_token_id: [1, -2] }, "eos_token_id is [1,-2]"],
  [{ max_length: 2.5 }, "max_length is 2.5; it must be a whole number of at least 1"],
  [{ repetition_penalty: 0 }, "repetition_penalty is 0; it must be a number above 0"],
  [{ do_sample: "yes" }, 'do_sample is "yes"; it must be true or false'],
  [{ bad_words_ids: [[1], []] }, "bad_words_ids is [[1],[]]"],
  [{ early_stopping: 3 }, 'early_stopping is 3; it must be true, false or "never"'],
  [{ stop_strings: ["."] }, 'stop_strings is ["."], which dylora cannot honour'],
  [{ num_beam_groups: 2 }, "num_beam_groups is 2, which dylora cannot honour"],
  [{ guidance_scale: 1.5 }, "guidance_scale is 1.5, which dylora cannot honour"],
])("%o is refused", (json, message) => {
  const error = { code: "bad_model_config", message: expect.stringContaining(`generation_config.json: ${message}`) };
  expect(() => parseGenerationConfig(json)).toThrow(expect.objectContaining(error));
});

test("a file does not get to ask for more beams or texts than memory holds", () => {
  expect(parseGenerationConfig({ num_beams: 1000 }).numBeams).toBe(1000);
  for (const field of ["num_beams", "num_return_sequences"]) {
    const message = `${field} is 1000000000; it must be a whole number from 1 to 1000`;
    expect(() => parseGenerationConfig({ [field]: 1e9 })).toThrow(message);
  }
});
