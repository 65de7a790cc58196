import { ConfigError, checkOptionNames } from "@dylora/errors";
import { type AdaptedModel, type CausalInputs, normaliseView, type RankView } from "@dylora/lora-core";
import { badSetting, checkCount } from "./bad-setting.ts";
import type { Decoding, DecodingTask } from "./decoding.ts";
import type { GenerateOptions, GenerationSettings } from "./generation-settings.ts";
import { greedy } from "./greedy.ts";
import type { LogitsProcessor } from "./logits-processor.ts";
import { generativeModel } from "./logits-source.ts";
import { minNewTokens } from "./min-new-tokens.ts";
import { noRepeatNgram } from "./no-repeat-ngram.ts";
import { repetitionPenalty } from "./repetition-penalty.ts";
import { type Prompt, toPrompts } from "./sequence.ts";

type NamesOf<Options> = Options extends unknown ? keyof Options : never;

const generateSettings: Readonly<Record<NamesOf<GenerateOptions>, true>> = {
  ...{ prompts: true, promptIds: true, tokenizer: true, maxNewTokens: true, minNewTokens: true, eosTokenIds: true },
  ...{ decoding: true, repetitionPenalty: true, noRepeatNgramSize: true, logitsProcessors: true },
  ...{ stoppingCriteria: true, view: true, batchSize: true, useCache: true, signal: true, onProgress: true },
  ...{ batches: true, onTexts: true },
};

/** A call that has been found to be sound. */
export interface CheckedGeneration {
  readonly prompts: readonly Prompt[];
  readonly decoding: Decoding;
  readonly task: DecodingTask;
  readonly view: RankView;
  readonly batchSize: number;
}

function checkPrompts(prompts: readonly Prompt[], vocabSize: number, maxPositions: number, most: number): void {
  for (const { index, ids, maxNewTokens = most } of prompts) {
    if (ids.length === 0) {
      throw new ConfigError(
        "empty_prompt",
        `prompt ${index} is empty; give at least one token, for instance the end token`,
      );
    }
    const unknown = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize);
    if (unknown !== undefined) {
      throw new ConfigError("id_out_of_range", `token ${unknown} of prompt ${index} is outside 0 to ${vocabSize - 1}`);
    }
    // The last new token is never read.
    const longest = ids.length + maxNewTokens - 1;
    if (longest > maxPositions) {
      const room = maxPositions - ids.length + 1;
      throw new ConfigError(
        "sequence_too_long",
        `prompt ${index} has ${ids.length} tokens and ${maxNewTokens} new ones are asked for; this model reads ` +
          `${maxPositions} tokens, ${room > 0 ? `so at most ${room} new ones here (maxNewTokens may have a number for each prompt)` : "fewer than the prompt has"}`,
      );
    }
  }
}

/**
 * Checks the limits of new tokens.
 *
 * @returns the largest
 */
function checkLimits(limits: GenerationSettings["maxNewTokens"], prompts: number): number {
  if (typeof limits === "number" || limits === null || typeof limits !== "object") {
    checkCount("maxNewTokens", limits, 1);
    return limits;
  }
  if (limits.length !== prompts) {
    throw badSetting("maxNewTokens", `${limits.length} numbers`, `one number, or ${prompts}: one for each prompt`);
  }
  let largest = 1;
  for (let index = 0; index < limits.length; index++) {
    checkCount(`maxNewTokens[${index}]`, limits[index] as number, 1);
    largest = Math.max(largest, limits[index] as number);
  }
  return largest;
}

function checkSettings(
  settings: GenerationSettings,
  vocabSize: number,
  eosTokenIds: readonly number[],
  most: number,
): void {
  const { repetitionPenalty: penalty = 1 } = settings;
  checkCount("minNewTokens", settings.minNewTokens ?? 0, 0, most);
  checkCount("noRepeatNgramSize", settings.noRepeatNgramSize ?? 0, 0);
  checkCount("batchSize", settings.batchSize ?? 1, 1);
  if (!(penalty > 0 && penalty < Number.POSITIVE_INFINITY)) {
    throw badSetting("repetitionPenalty", penalty, "a number above 0 (1 is no penalty)");
  }
  for (const id of eosTokenIds) checkCount("eosTokenIds", id, 0, vocabSize - 1);
}

/** Changes of the scores, in transformers' order. */
function processorOf(settings: GenerationSettings, eosTokenIds: readonly number[]): LogitsProcessor {
  const {
    repetitionPenalty: penalty = 1,
    noRepeatNgramSize = 0,
    minNewTokens: least = 0,
    logitsProcessors = [],
  } = settings;
  const all = [
    ...(penalty === 1 ? [] : [repetitionPenalty(penalty)]),
    ...(noRepeatNgramSize === 0 ? [] : [noRepeatNgram(noRepeatNgramSize)]),
    ...(least === 0 ? [] : [minNewTokens(least, eosTokenIds)]),
    ...logitsProcessors,
  ];
  return (scores, text) => {
    for (const process of all) {
      const given = process(scores, text);
      if (!(given instanceof Float32Array) || given === scores) continue;
      if (given.length !== scores.length) {
        const right = `a row of ${scores.length}, one for each token of the vocabulary`;
        throw badSetting("logitsProcessors", `a function that returns ${given.length} scores`, right);
      }
      scores.set(given);
    }
  };
}

/** The rules that end a text, as one. */
function stopsOf({ stoppingCriteria = [] }: GenerationSettings, { streams }: Decoding): Pick<DecodingTask, "stops"> {
  if (stoppingCriteria.length === 0) return {};
  if (!streams) {
    throw badSetting(
      "stoppingCriteria",
      "given",
      "left out with beam search: beams that go on may overtake one that ends",
    );
  }
  return { stops: (sequence) => stoppingCriteria.some((isDone) => isDone(sequence)) };
}

/**
 * Checks a call before any work.
 *
 * @throws ConfigError `bad_generation`, `empty_prompt`, `id_out_of_range`, `sequence_too_long`, `not_generative`,
 * `rank_out_of_range` or `bad_view`
 */
export function checkGeneration(adapted: AdaptedModel<CausalInputs>, options: GenerateOptions): CheckedGeneration {
  checkOptionNames("generate", options, generateSettings);
  const { config } = generativeModel(adapted);
  const { decoding = greedy(), view = "full", batchSize = 16, maxNewTokens: limits } = options;
  const eosTokenIds = options.eosTokenIds ?? config.eosTokenIds;
  const maxNewTokens = checkLimits(limits, "prompts" in options ? options.prompts.length : options.promptIds.length);
  checkSettings(options, config.vocabSize, eosTokenIds, maxNewTokens);
  const prompts = toPrompts(
    "prompts" in options ? options.prompts.map((text) => options.tokenizer.encode(text)) : options.promptIds,
    typeof limits === "number" ? undefined : limits,
  );
  checkPrompts(prompts, config.vocabSize, config.maxPositions, maxNewTokens);
  if (prompts.length > 0) normaliseView(view, adapted.adapter.maxRank, prompts.length);
  const process = processorOf(options, eosTokenIds);
  return {
    prompts,
    decoding,
    view,
    batchSize,
    task: { vocabSize: config.vocabSize, maxNewTokens, eosTokenIds, process, ...stopsOf(options, decoding) },
  };
}
