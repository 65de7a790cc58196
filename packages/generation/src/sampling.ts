import { foldKey, wordAt } from "@dylora/tensor";
import { badSetting, checkCount } from "./bad-setting.ts";
import type { Decoding } from "./decoding.ts";
import { nextTokenWeights, type SamplingDistribution } from "./next-token-distribution.ts";
import { newTokens, type Sequence } from "./sequence.ts";
import { tokenByToken } from "./token-choice.ts";

/** Settings of {@link sampling}. */
export interface SamplingOptions extends SamplingDistribution {
  /** A whole number; another seed gives other texts. Default 0. */
  readonly seed?: number;
  /** Texts for each prompt. Default 1. */
  readonly numReturnSequences?: number;
}

const stream = 0x67656e;

function checkSampling(options: SamplingOptions): void {
  const { temperature = 1, topK = 1, topP = 1, typicalP = 1, seed = 0, numReturnSequences: samples = 1 } = options;
  if (!(temperature > 0 && temperature < Number.POSITIVE_INFINITY)) {
    throw badSetting("temperature", temperature, "a number above 0 (greedy search always takes the likeliest token)");
  }
  checkCount("topK", topK, 1);
  if (!(topP > 0 && topP <= 1)) throw badSetting("topP", topP, "a number in (0, 1]");
  if (!(typicalP > 0 && typicalP <= 1)) throw badSetting("typicalP", typicalP, "a number in (0, 1]");
  for (const name of ["minP", "epsilonCutoff", "etaCutoff"] as const) {
    const share = options[name] ?? 0;
    if (!(share >= 0 && share <= 1)) throw badSetting(name, share, "a number from 0 to 1");
  }
  checkCount("seed", seed, Number.MIN_SAFE_INTEGER);
  checkCount("numReturnSequences", samples, 1);
}

/** A number in [0, 1): a function of seed, prompt, text and place alone. */
function uniformFor(seed: number, samples: number, text: Sequence, sample: number): number {
  const { ids, repeat } = text.prompt;
  let key = foldKey(foldKey(seed, stream), repeat * samples + sample);
  for (const id of ids) key = foldKey(key, id);
  return wordAt(key, newTokens(text)) / 2 ** 32;
}

/**
 * Draws tokens by their probability. What is drawn depends on the seed and the prompt's own tokens, not on the other
 * prompts of the batch nor on how many draws went before; a prompt that comes twice in a call gets two texts.
 *
 * @throws ConfigError `bad_generation` naming the setting
 *
 * @example
 * ```ts
 * import { sampling } from "@dylora/generation";
 *
 * const decoding = sampling({ temperature: 0.8, topK: 50, topP: 0.95, seed: 7, numReturnSequences: 3 });
 * console.log(decoding.numReturnSequences); // 3 texts for each prompt
 * ```
 */
export function sampling(options: SamplingOptions = {}): Decoding {
  checkSampling(options);
  const { seed = 0, numReturnSequences: samples = 1 } = options;
  const draw = (scores: Float32Array, text: Sequence, sample: number): number | undefined => {
    const { weights, total } = nextTokenWeights(scores, options);
    if (!(total > 0)) return undefined;
    let left = uniformFor(seed, samples, text, sample) * total;
    let chosen: number | undefined;
    for (let id = 0; id < weights.length && left >= 0; id++) {
      const weight = weights[id] as number;
      if (weight === 0) continue;
      left -= weight;
      chosen = id;
    }
    return chosen;
  };
  return { numReturnSequences: samples, streams: true, start: (task) => tokenByToken(draw, samples, task) };
}
