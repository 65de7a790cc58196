import { wasmBackend } from "@dylora/backend-wasm";
import { tinyGpt2 } from "@dylora/golden-suite";
import type { CausalInputs } from "@dylora/lora-core";
import { type AdaptedModel, attach, type RankView } from "@dylora/lora-core";
import type { Gpt2 } from "@dylora/model-gpt2";
import { type Backend, useBackend } from "@dylora/tensor";
import { cpuBackend, expectAllClose, leakGuard, seededValues } from "@dylora/test-kit";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  beamSearch,
  type GenerateOptions,
  generate,
  generateStream,
  greedy,
  type LogitsProcessor,
  type Progress,
  type StoppingCriterion,
  type StreamedToken,
  sampling,
} from "./index.ts";

const promptIds = [[3, 7], [1], [9, 4, 2, 8], [5, 5, 5], [1]];

async function trained(changes = {}): Promise<AdaptedModel<CausalInputs>> {
  const adapted = attach(await tinyGpt2(changes), { rank: 4, alpha: 4 });
  const { values } = adapted.adapter.parameters;
  values.set(seededValues(values.length, "trained", 0.5));
  return adapted;
}

const tokensOf = (texts: readonly { readonly tokens: readonly number[] }[]) => texts.map(({ tokens }) => tokens);

describe.each([cpuBackend(), wasmBackend()])("$id", (descriptor) => {
  let backend: Backend;
  let adapted: AdaptedModel<CausalInputs>;
  beforeAll(async () => {
    backend = await useBackend(descriptor);
    adapted = await trained();
    // A backend prepares a frozen weight when it is first used; the model frees that.
    await generate(adapted, { promptIds: [[1]], maxNewTokens: 2 });
  });
  afterAll(() => {
    adapted.model.dispose();
    backend.dispose();
  });

  test.each([
    ["greedily", {}],
    ["by sampling", { decoding: sampling({ temperature: 1.3, seed: 3, numReturnSequences: 2 }) }],
    ["by beam search", { decoding: beamSearch({ numBeams: 3, numReturnSequences: 2 }) }],
  ])("each prompt at its own rank, %s: as alone at that rank, however the call is cut", async (_, how) => {
    const ranks = [2, 4, 1, 3, 0];
    const settings = { maxNewTokens: 8, ...how };
    await leakGuard(async () => {
      const texts = await generate(adapted, { ...settings, promptIds, view: { ranks } });
      for (const batchSize of [1, 2]) {
        const cut = await generate(adapted, { ...settings, promptIds, view: { ranks }, batchSize });
        expect(tokensOf(cut)).toEqual(tokensOf(texts));
      }
      for (const [prompt, ids] of promptIds.entries()) {
        const own = texts.filter((text) => text.prompt === prompt);
        const rank = ranks[prompt] as number;
        const view: RankView = rank === 0 ? "base" : { rank };
        // The second [1] is the second text of that prompt, which sampling draws anew.
        const alone = await generate(adapted, { ...settings, promptIds: prompt === 4 ? [ids, ids] : [ids], view });
        expect(tokensOf(own)).toEqual(tokensOf(alone.slice(-own.length)));
      }
    });
  });

  test.each([
    ["greedily", {}],
    ["by sampling", { decoding: sampling({ temperature: 1.3, seed: 3, numReturnSequences: 2 }) }],
    ["by beam search", { decoding: beamSearch({ numBeams: 3, numReturnSequences: 2, earlyStopping: "never" }) }],
    ["without a cache", { useCache: false, decoding: beamSearch({ numBeams: 2, lengthPenalty: -1 }) }],
  ])("each prompt with a limit of its own, %s: long ones change nothing for short ones", async (_, how) => {
    const long = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 2];
    // 12 positions: the last new token is never read.
    const prompts = [long, [1], long.slice(3), [2, 3], long.slice(1), [4, 5, 6]];
    const maxNewTokens = prompts.map((ids) => Math.min(9, 12 - ids.length + 1));
    expect(maxNewTokens).toEqual([1, 9, 4, 9, 2, 9]);
    const alone: (readonly number[])[] = [];
    for (const [index, ids] of prompts.entries()) {
      const texts = await generate(adapted, { ...how, promptIds: [ids], maxNewTokens: maxNewTokens[index] as number });
      alone.push(...tokensOf(texts));
    }
    for (const batchSize of [1, 2, 6]) {
      const texts = await generate(adapted, { ...how, promptIds: prompts, maxNewTokens, batchSize });
      expect(tokensOf(texts)).toEqual(alone);
    }
  });

  test("the cache changes no score by more than 1e-4", async () => {
    const seen: Float32Array[][] = [[], []];
    for (const [run, useCache] of [true, false].entries()) {
      const record: LogitsProcessor = (scores) => void seen[run]?.push(scores.slice());
      const settings = { maxNewTokens: 8, eosTokenIds: [], logitsProcessors: [record], useCache };
      await generate(adapted, { ...settings, promptIds, decoding: beamSearch({ numBeams: 3 }) });
    }
    const [cached = [], uncached = []] = seen;
    expect(cached.length).toBe(promptIds.length * (1 + 7 * 3));
    for (const [at, scores] of cached.entries()) expectAllClose(scores, uncached[at] ?? [], { tolerance: 1e-5 });
  });

  test("a merged model writes what the unmerged one writes", async () => {
    for (const rank of [1, 3]) {
      const { model, adapter } = adapted;
      // The fixture's weights stay in memory, so merging can read them again.
      const merged = await attach(model, adapter).merged(rank);
      const settings = { promptIds, maxNewTokens: 8 };
      expect(tokensOf(await generate(merged, settings))).toEqual(
        tokensOf(await generate(adapted, { ...settings, view: { rank } })),
      );
      merged.model.dispose();
    }
  });

  test("1,000 tokens hold memory flat: the cache grows by its keys and values, and nothing else does", async () => {
    const long = attach(await tinyGpt2({ n_positions: 1024 }), { rank: 2 });
    const memory: { tensors: number; bytes: number }[] = [];
    const onProgress = () => {
      const { numTensors, numBytes } = tf.memory();
      memory.push({ tensors: numTensors, bytes: numBytes });
    };
    const settings = { promptIds: [[1], [2, 3]], maxNewTokens: 1000, eosTokenIds: [], onProgress };
    await generate(long, { ...settings, maxNewTokens: 3 });
    memory.length = 0;
    await leakGuard(() => generate(long, settings));
    expect(memory.length).toBe(1000);
    expect(new Set(memory.map(({ tensors }) => tensors)).size).toBe(1);
    const perToken = 2 * 2 * 2 * 8 * 4; // keys and values, layers, texts, hidden size, bytes
    const growth = memory.slice(1).map(({ bytes }, step) => bytes - (memory[step]?.bytes ?? 0));
    expect(new Set(growth)).toEqual(new Set([perToken]));
    long.model.dispose();
  });
});

describe("batches of one's own", () => {
  let backend: Backend;
  let adapted: AdaptedModel<CausalInputs>;
  beforeAll(async () => {
    backend = await useBackend(cpuBackend());
    adapted = await trained();
  });
  afterAll(() => {
    adapted.model.dispose();
    backend.dispose();
  });
  const settings = {
    promptIds,
    maxNewTokens: 6,
    decoding: sampling({ temperature: 1.5, seed: 2, numReturnSequences: 2 }),
  };

  test("give the same texts, told batch by batch; prompts left out change no other, equal ones included", async () => {
    const all = await generate(adapted, settings);
    const told: number[][] = [];
    const onTexts = async (texts: readonly { readonly prompt: number }[]) => {
      await Promise.resolve();
      told.push(texts.map(({ prompt }) => prompt));
    };
    const batches = [[4, 2], [0]];
    const some = await generate(adapted, { ...settings, batches, onTexts });
    expect(some).toEqual(all.filter(({ prompt }) => [0, 2, 4].includes(prompt)));
    expect(told).toEqual([
      [2, 2, 4, 4],
      [0, 0],
    ]);
  });

  test("that name no prompt, or one twice, are refused", async () => {
    for (const batches of [[[5]], [[0, 1], [0]], [[0.5]], [[-1]]]) {
      await expect(generate(adapted, { ...settings, batches })).rejects.toMatchObject({ code: "bad_generation" });
    }
  });
});

describe("on cpu", () => {
  let backend: Backend;
  let adapted: AdaptedModel<CausalInputs>;
  const letters = "~abcdefghij";
  const tokenizer = {
    encode: (text: string) => [...text].map((letter) => letters.indexOf(letter)),
    decode: (ids: ArrayLike<number>) => Array.from(ids, (id) => letters[id] ?? "?").join(""),
  };
  const collect = async (options: GenerateOptions) => {
    const events: StreamedToken[] = [];
    for await (const event of generateStream(adapted, options)) events.push(event);
    return events;
  };
  beforeAll(async () => {
    backend = await useBackend(cpuBackend());
    adapted = await trained();
  });
  afterAll(() => {
    adapted.model.dispose();
    backend.dispose();
  });

  test("prompts and results as text; the end token is no part of it", async () => {
    const settings = { maxNewTokens: 8, eosTokenIds: [0, 5] };
    const texts = await generate(adapted, { ...settings, prompts: ["cg", "a", "idbh"], tokenizer });
    const same = await generate(adapted, { ...settings, promptIds: promptIds.slice(0, 3) });
    expect(tokensOf(texts)).toEqual(tokensOf(same));
    expect(same.every(({ text }) => text === undefined)).toBe(true);
    expect(texts.some(({ finishReason }) => finishReason === "stop")).toBe(true);
    for (const { tokens, text, finishReason: end } of texts) {
      expect(text).toBe(tokenizer.decode(end === "stop" ? tokens.slice(0, -1) : tokens));
      expect(end === "stop" ? [0, 5].includes(tokens.at(-1) ?? -1) : tokens.length === 8).toBe(true);
    }
  });

  test.each([
    ["greedily", {}],
    ["by sampling, two texts each", { decoding: sampling({ seed: 5, numReturnSequences: 2 }) }],
  ])("streamed %s, the tokens and texts are those of generate", async (_, how) => {
    const settings = { maxNewTokens: 8, eosTokenIds: [0, 5], tokenizer, promptIds, batchSize: 2, ...how };
    const texts = await generate(adapted, settings);
    const events = await leakGuard(() => collect(settings));
    const keys = texts.map(({ prompt }, at) => [
      prompt,
      texts.slice(0, at).filter((text) => text.prompt === prompt).length,
    ]);
    for (const [at, [prompt, sample]] of keys.entries()) {
      const own = events.filter((event) => event.prompt === prompt && event.sample === sample);
      expect(own.map(({ token }) => token)).toEqual(texts[at]?.tokens);
      expect(own.map(({ text }) => text).join("")).toBe(texts[at]?.text);
      expect(own.map(({ finishReason }) => finishReason)).toEqual([
        ...own.slice(1).map(() => undefined),
        texts[at]?.finishReason,
      ]);
    }
  });

  test("each token is there before the next is computed; leaving the loop frees everything", async () => {
    await leakGuard(async () => {
      const steps: number[] = [];
      const onProgress = ({ detail }: Progress) => void steps.push(Number.parseInt(detail, 10));
      for await (const { token } of generateStream(adapted, {
        promptIds: [[1]],
        maxNewTokens: 9,
        eosTokenIds: [],
        onProgress,
      })) {
        expect(token).toBeTypeOf("number");
        if (steps.length === 2) break;
      }
      expect(steps).toEqual([1, 2]);
    });
  });

  test("beam search is not streamed", async () => {
    await expect(collect({ promptIds, maxNewTokens: 2, decoding: beamSearch({ numBeams: 2 }) })).rejects.toThrow(
      /cannot be streamed/,
    );
  });

  test("progress counts prompts and tokens", async () => {
    const seen: Progress[] = [];
    const onProgress = (progress: Progress) => void seen.push(progress);
    const settings = { promptIds, maxNewTokens: 4, eosTokenIds: [], batchSize: 3, onProgress };
    await generate(adapted, settings);
    expect(seen).toEqual(
      [3, 6, 9, 12, 14, 16, 18, 20].map((tokens, step) => {
        return { done: step < 3 ? 0 : step < 7 ? 3 : 5, total: 5, unit: "texts", detail: `${tokens} tokens` };
      }),
    );
  });

  test("an aborted signal stops it, before the start and from a timer; nothing is left", async () => {
    await leakGuard(async () => {
      const settings = { promptIds, maxNewTokens: 5 };
      const reason = new Error("enough");
      await expect(generate(adapted, { ...settings, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      const controller = new AbortController();
      const onProgress = () => controller.abort(reason);
      const signal = controller.signal;
      await expect(generate(adapted, { ...settings, eosTokenIds: [], signal, onProgress })).rejects.toBe(reason);
    });
    const slow = attach(await tinyGpt2({ n_positions: 1024 }), { rank: 1 });
    const signal = AbortSignal.timeout(150);
    const settings = { promptIds: promptIds.slice(0, 2), maxNewTokens: 1000, eosTokenIds: [], signal };
    // The backend never waits, so only the turns that generate gives let the timer through.
    await expect(generate(slow, { ...settings, useCache: false })).rejects.toMatchObject({ name: "TimeoutError" });
    slow.model.dispose();
  });

  test.each([
    ["greedily", {}],
    ["by sampling", { decoding: sampling({ seed: 5, numReturnSequences: 2 }) }],
  ])("a rule of one's own ends texts, %s: streamed, too, and keeps its last token", async (_, how) => {
    const seen = new Set<number>();
    // Ends a text once it has three new tokens, or has said 7.
    const stoppingCriteria: StoppingCriterion[] = [
      ({ prompt, ids }) => {
        seen.add(prompt.index);
        return ids.length - prompt.ids.length === 3;
      },
      ({ prompt, ids }) => ids.length > prompt.ids.length && ids.at(-1) === 7,
    ];
    const settings = { maxNewTokens: 8, eosTokenIds: [], tokenizer, promptIds, ...how };
    const free = await generate(adapted, settings);
    const stopped = await generate(adapted, { ...settings, stoppingCriteria });
    for (const [at, { tokens, text, finishReason }] of stopped.entries()) {
      const all = free[at]?.tokens ?? [];
      const said = all.indexOf(7);
      const length = said === -1 ? 3 : Math.min(3, said + 1);
      expect([tokens, finishReason]).toEqual([all.slice(0, length), "stop"]);
      expect(text).toBe(tokenizer.decode(tokens));
    }
    expect(seen.size).toBe(promptIds.length);
    const events = await collect({ ...settings, stoppingCriteria });
    for (const prompt of promptIds.keys()) {
      const own = events.filter((event) => event.prompt === prompt && event.sample === 0);
      const expected = stopped.find((text) => text.prompt === prompt);
      expect(own.map(({ text }) => text).join("")).toBe(expected?.text);
    }
    const beams = { ...settings, stoppingCriteria, decoding: beamSearch({ numBeams: 2 }) };
    await expect(generate(adapted, beams)).rejects.toThrow(/left out with beam search/);
  });

  test.each([greedy(), beamSearch({ numBeams: 3 }), sampling({ seed: 2 })])(
    "a processor may return a row of its own, which counts as one changed in place: %o",
    async (decoding) => {
      const settings = { promptIds, maxNewTokens: 6, eosTokenIds: [], decoding };
      const inPlace: LogitsProcessor = (scores, { ids }) => {
        scores[ids.at(-1) as number] = Number.NEGATIVE_INFINITY;
      };
      const returned: LogitsProcessor = (scores, { ids }) =>
        scores.map((score, id) => (id === ids.at(-1) ? Number.NEGATIVE_INFINITY : score));
      const texts = await generate(adapted, { ...settings, logitsProcessors: [inPlace] });
      expect(await generate(adapted, { ...settings, logitsProcessors: [returned] })).toEqual(texts);
      expect(texts).not.toEqual(await generate(adapted, settings));
      for (const { prompt, tokens } of texts) {
        const ids = [...(promptIds[prompt] as number[]), ...tokens];
        for (let at = ids.length - tokens.length; at < ids.length; at++) expect(ids[at]).not.toBe(ids[at - 1]);
      }
      const short = { ...settings, logitsProcessors: [() => new Float32Array(2)] };
      await expect(generate(adapted, short)).rejects.toThrow(/returns 2 scores/);
    },
  );

  test("a processor that throws leaves nothing", async () => {
    const logitsProcessors = [
      () => {
        throw new Error("broken processor");
      },
    ];
    await leakGuard(() =>
      expect(generate(adapted, { promptIds, maxNewTokens: 5, logitsProcessors })).rejects.toThrow("broken processor"),
    );
  });

  test("a processor of one's own comes after the settings", async () => {
    const seen: number[] = [];
    const process: LogitsProcessor = (scores, { ids }) => {
      seen.push(scores[ids.at(-1) as number] as number);
      scores.fill(Number.NEGATIVE_INFINITY);
      scores[6] = 0;
    };
    const [text] = await generate(adapted, {
      promptIds: [[1]],
      maxNewTokens: 3,
      noRepeatNgramSize: 1,
      logitsProcessors: [process],
    });
    expect(text?.tokens).toEqual([6, 6, 6]);
    expect(seen).toEqual([1, 2, 3].map(() => Number.NEGATIVE_INFINITY));
  });

  test.each([
    ["greedy search", {}, [5, 5, 5, 5]],
    ["beam search", { decoding: beamSearch({ numBeams: 3 }) }, [5, 15, 15, 15]],
    ["sampling", { decoding: sampling({ numReturnSequences: 2 }) }, [5, 10, 10, 10]],
  ])("%s reads each prompt once and then one token at a time, and scores last tokens alone", async (_, how, sizes) => {
    const model = adapted.model as Gpt2;
    const calls: { size: number; length: number; rows: number }[] = [];
    const watched: Gpt2 = {
      ...model,
      continueFrom(inputs, context, cache) {
        const result = model.continueFrom(inputs, context, cache);
        calls.push({ size: inputs.size, length: inputs.length, rows: result.logits.shape[0] });
        return result;
      },
    };
    await generate(attach(watched, adapted.adapter), { promptIds, maxNewTokens: 4, eosTokenIds: [], ...how });
    expect(calls).toEqual(sizes.map((size, step) => ({ size, length: step === 0 ? 4 : 1, rows: size })));
  });

  test("a text that is done leaves its batch", async () => {
    const sizes: number[] = [];
    const endAfter: LogitsProcessor = (scores, { prompt, ids }) => {
      scores.fill(0);
      scores[ids.length - prompt.ids.length === prompt.index ? 0 : 1] = 9;
    };
    const model = adapted.model as Gpt2;
    const watched: Gpt2 = {
      ...model,
      continueFrom(inputs, context, cache) {
        sizes.push(inputs.size);
        return model.continueFrom(inputs, context, cache);
      },
    };
    const settings = { promptIds, maxNewTokens: 8, eosTokenIds: [0], logitsProcessors: [endAfter] };
    const texts = await generate(attach(watched, adapted.adapter), settings);
    expect(sizes).toEqual([5, 4, 3, 2, 1]);
    expect(texts.map(({ tokens }) => tokens)).toEqual([[0], [1, 0], [1, 1, 0], [1, 1, 1, 0], [1, 1, 1, 1, 0]]);
  });

  test("calls may overlap", async () => {
    const settings = { promptIds, maxNewTokens: 8, eosTokenIds: [] };
    const views: RankView[] = [{ rank: 1 }, "base", { ranks: [4, 3, 2, 1, 0] }];
    await leakGuard(async () => {
      const together = await Promise.all(views.map((view) => generate(adapted, { ...settings, view })));
      for (const [at, view] of views.entries())
        expect(together[at]).toEqual(await generate(adapted, { ...settings, view }));
    });
  });

  test("no prompts, no texts", async () => {
    expect(await generate(adapted, { promptIds: [], maxNewTokens: 3 })).toEqual([]);
  });

  test.each<[string, Partial<GenerateOptions>, string, RegExp]>([
    ["an empty prompt", { promptIds: [[1], []] }, "empty_prompt", /prompt 1 is empty/],
    ["a token that is none", { promptIds: [[1, 11]] }, "id_out_of_range", /token 11 of prompt 0 is outside 0 to 10/],
    ["half a token", { promptIds: [[1.5]] }, "id_out_of_range", /token 1.5/],
    [
      "a prompt longer than the context",
      { promptIds: [new Array(13).fill(1)] },
      "sequence_too_long",
      /prompt 0 has 13/,
    ],
    ["no room", { promptIds: [[1], new Array(8).fill(1)], maxNewTokens: 6 }, "sequence_too_long", /at most 5 new ones/],
    ["no new tokens", { maxNewTokens: 0 }, "bad_generation", /maxNewTokens is 0/],
    [
      "no room with limits of their own",
      { promptIds: [[1], new Array(8).fill(1)], maxNewTokens: [12, 6] },
      "sequence_too_long",
      /prompt 1 has 8 tokens and 6 new ones.*at most 5/,
    ],
    ["limits of other prompts", { maxNewTokens: [1, 2] }, "bad_generation", /maxNewTokens is 2 numbers; .*, or 1: one/],
    ["a limit that is none", { maxNewTokens: [0.5] }, "bad_generation", /maxNewTokens\[0\] is 0.5/],
    ["no number of new tokens", { maxNewTokens: Number.NaN }, "bad_generation", /maxNewTokens is NaN/],
    ["more at least than at most", { minNewTokens: 4 }, "bad_generation", /minNewTokens is 4; .* from 0 to 3/],
    ["an end token outside the vocabulary", { eosTokenIds: [0, 11] }, "bad_generation", /eosTokenIds is 11/],
    ["no repetition penalty", { repetitionPenalty: 0 }, "bad_generation", /repetitionPenalty is 0/],
    ["an n-gram of half a token", { noRepeatNgramSize: 0.5 }, "bad_generation", /noRepeatNgramSize is 0.5/],
    ["an empty batch", { batchSize: 0 }, "bad_generation", /batchSize is 0/],
    ["a rank above the adapter's", { view: { rank: 5 } }, "rank_out_of_range", /rank 5/],
    ["a rank too few", { view: { ranks: [] } }, "bad_view", /0 ranks for a batch of 1/],
  ])("%s is refused before any work", async (_, change, code, message) => {
    const options = { promptIds: [[1]], maxNewTokens: 3, ...change } as GenerateOptions;
    await leakGuard(async () => {
      await expect(generate(adapted, options)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
      await expect(collect(options)).rejects.toMatchObject({ code });
    });
  });

  test("a model that cannot continue texts is refused", async () => {
    const { continueFrom, ...model } = adapted.model as AdaptedModel<CausalInputs>["model"] & {
      continueFrom?: unknown;
    };
    expect(continueFrom).toBeTypeOf("function");
    await expect(generate(attach(model, adapted.adapter), { promptIds, maxNewTokens: 2 })).rejects.toMatchObject({
      code: "not_generative",
    });
  });
});
