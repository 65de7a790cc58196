import { ConfigError } from "@dylora/errors";
import { beamSearch } from "./beam-search.ts";
import type { GenerationConfig } from "./generation-config.ts";
import type { GenerationSettings } from "./generation-settings.ts";
import { greedy } from "./greedy.ts";
import { toLogProbabilities } from "./log-probabilities.ts";
import type { LogitsProcessor } from "./logits-processor.ts";
import { sampling } from "./sampling.ts";
import { badWords, beginSuppressTokens, forcedFirst, forcedLast, minLength, suppressTokens } from "./token-rules.ts";

/** What a call adds to a {@link GenerationConfig}. */
export interface GenerationCall {
  /** Most new tokens of each text: one number, or one for each prompt. Default: `maxNewTokens` of the configuration. */
  readonly maxNewTokens?: GenerationSettings["maxNewTokens"];
  /** Seed of sampling; default 0. */
  readonly seed?: number;
}

/** Likeliest tokens that transformers keeps in sampling where nothing is said. */
const USUAL_TOP_K = 50;

function decodingOf(config: GenerationConfig, seed: number): GenerationSettings["decoding"] {
  const { doSample = false, numBeams = 1, numReturnSequences = 1 } = config;
  const { lengthPenalty = 1, earlyStopping = false } = config;
  if (!doSample) {
    if (numReturnSequences > numBeams) {
      throw new ConfigError(
        "bad_generation",
        `${numReturnSequences} texts for each prompt need as many beams, or sampling`,
      );
    }
    return numBeams === 1 ? greedy() : beamSearch({ numBeams, lengthPenalty, earlyStopping, numReturnSequences });
  }
  if (numBeams > 1) throw new ConfigError("bad_generation", `sampling goes with one beam, not ${numBeams}`);
  const { temperature = 1, topK = USUAL_TOP_K, topP = 1, minP = 0, typicalP = 1 } = config;
  const { epsilonCutoff = 0, etaCutoff = 0 } = config;
  const kept = topK === 0 ? {} : { topK };
  const cuts = { minP, typicalP, epsilonCutoff, etaCutoff };
  return sampling({ seed, numReturnSequences, temperature, ...kept, ...(topP > 0 ? { topP } : {}), ...cuts });
}

/** Changes of the scores that are no settings of `generate`, in transformers' order. */
function processorsOf(config: GenerationConfig, maxNewTokens: GenerationSettings["maxNewTokens"]): LogitsProcessor[] {
  const { eosTokenIds: ends = [], minLength: least, badWordsIds, forcedBosTokenId: first } = config;
  const { forcedEosTokenIds: last, suppressTokens: never, beginSuppressTokens: notFirst } = config;
  const limits: unknown = maxNewTokens;
  const limitOf = (prompt: number): number =>
    typeof limits === "number" ? limits : ((limits as ArrayLike<number>)[prompt] as number);
  const amongBeams = config.doSample !== true && (config.numBeams ?? 1) > 1;
  return [
    ...(badWordsIds === undefined ? [] : [badWords(badWordsIds, ends)]),
    ...(least === undefined ? [] : [minLength(least, ends)]),
    ...(first === undefined ? [] : [forcedFirst(first)]),
    ...(last === undefined ? [] : [forcedLast(last, limitOf)]),
    ...(never === undefined ? [] : [suppressTokens(never)]),
    ...(notFirst === undefined ? [] : [beginSuppressTokens(notFirst, first !== undefined)]),
    ...(config.renormalizeLogits === true && amongBeams ? [(scores: Float32Array) => toLogProbabilities(scores)] : []),
  ];
}

/**
 * The settings of a call of `generate` that a model's folder asks for. What you put over the configuration wins:
 * `{ ...parseGenerationConfig(json), repetitionPenalty: 1 }`.
 *
 * Sampling keeps the 50 likeliest tokens where `topK` is not given, as transformers does. Where the configuration names no
 * end tokens, texts have none.
 *
 * @throws ConfigError `bad_generation` for settings that do not go together, or where nobody names `maxNewTokens`
 *
 * @example
 * ```ts
 * import { openModelFolder } from "@dylora/io/node";
 * import { generationSettings, parseGenerationConfig } from "@dylora/generation";
 *
 * const { generationConfig, config, weights } = await openModelFolder("examples/gpt2-e2e/model");
 * const defaults = parseGenerationConfig(generationConfig ?? config);
 * const settings = generationSettings({ ...defaults, numBeams: 4 }, { maxNewTokens: 20 });
 * console.log(settings.eosTokenIds, settings.decoding?.numReturnSequences); // then generate(adapted, { ...settings, prompts, tokenizer })
 * await weights.close();
 * ```
 */
export function generationSettings(config: GenerationConfig, call: GenerationCall = {}): GenerationSettings {
  const { minNewTokens = 0, repetitionPenalty = 1, noRepeatNgramSize = 0, eosTokenIds = [] } = config;
  const { maxNewTokens = config.maxNewTokens, seed = 0 } = call;
  if (maxNewTokens === undefined) {
    throw new ConfigError("bad_generation", "the configuration has no maxNewTokens: give { maxNewTokens } beside it");
  }
  const decoding = decodingOf(config, seed);
  return {
    maxNewTokens,
    minNewTokens,
    repetitionPenalty,
    noRepeatNgramSize,
    eosTokenIds,
    logitsProcessors: processorsOf(config, maxNewTokens),
    ...(decoding === undefined ? {} : { decoding }),
  };
}
