import { ConfigError } from "@dylora/errors";
import { beamSearch, type GenerationSettings, greedy, sampling } from "@dylora/model-gpt2";
import type { BaseModel } from "../base-model.ts";
import type { GenerationChoice } from "../options/generation-options.ts";
import { flagOf } from "../options/option.ts";

const bad = (message: string): ConfigError => new ConfigError("bad_option", message);

/**
 * Refuses settings that do not go together.
 *
 * @param returned texts for each prompt
 * @throws ConfigError `bad_option`
 */
export function checkGenerationChoice(choice: GenerationChoice, returned = 1): void {
  const { doSample, numBeams, minNewTokens, maxNewTokens } = choice;
  if (doSample && numBeams > 1) throw bad(`--do-sample goes with --num-beams 1, not ${numBeams}`);
  for (const name of ["temperature", "topK", "topP"] as const) {
    if (choice[name] !== undefined && !doSample) throw bad(`${flagOf(name)} needs --do-sample`);
  }
  if (maxNewTokens !== undefined && minNewTokens > maxNewTokens) {
    throw bad(`--min-new-tokens ${minNewTokens} is above --max-new-tokens ${maxNewTokens}`);
  }
  if (!doSample && returned > numBeams) {
    throw bad(`--num-return-sequences ${returned} needs as many beams, or --do-sample; --num-beams is ${numBeams}`);
  }
}

/** The call of `generate` that settings ask for, prompts and their room apart. */
export function generationFor(
  choice: GenerationChoice,
  returned = 1,
): Pick<GenerationSettings, "decoding" | "minNewTokens" | "repetitionPenalty" | "noRepeatNgramSize" | "eosTokenIds"> {
  const { doSample, numBeams: beams, temperature, topK, topP, seed, lengthPenalty, earlyStopping, eos } = choice;
  const decoding = doSample
    ? sampling({
        seed,
        samples: returned,
        ...(temperature === undefined ? {} : { temperature }),
        ...(topK === undefined ? {} : { topK }),
        ...(topP === undefined ? {} : { topP }),
      })
    : beams === 1
      ? greedy()
      : beamSearch({ beams, lengthPenalty, earlyStopping, returned });
  const { minNewTokens, repetitionPenalty, noRepeatNgramSize } = choice;
  return {
    decoding,
    minNewTokens,
    repetitionPenalty,
    noRepeatNgramSize,
    ...(eos === undefined ? {} : { eosTokenIds: eos }),
  };
}

/** New tokens where nothing is said. */
const USUAL_NEW_TOKENS = 64;

/** Most new tokens of each text: those asked for, else as many as the longest prompt leaves room for. */
export function newTokensFor(
  { maxNewTokens, minNewTokens }: GenerationChoice,
  lengths: readonly number[],
  { architecture }: BaseModel,
): number {
  if (maxNewTokens !== undefined) return maxNewTokens;
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  // The last new token is never read.
  const room = architecture.maxLength - longest + 1;
  return Math.max(1, minNewTokens, Math.min(USUAL_NEW_TOKENS, room));
}

/**
 * Refuses prompts that leave no room for what is to be written.
 *
 * @param placeOf what messages call the prompt at an index
 * @throws ConfigError `empty_prompt` or `sequence_too_long`
 */
export function checkPromptLengths(
  lengths: readonly number[],
  maxNewTokens: number,
  { name, architecture: { maxLength } }: BaseModel,
  placeOf: (index: number) => string,
): void {
  for (const [index, length] of lengths.entries()) {
    if (length === 0) throw new ConfigError("empty_prompt", `${placeOf(index)}: the prompt is empty`);
    if (length > maxLength) {
      throw new ConfigError(
        "sequence_too_long",
        `${placeOf(index)}: the prompt has ${length} tokens; ${name} takes ${maxLength}, prompt and continuation together`,
      );
    }
    const room = maxLength - length + 1;
    if (maxNewTokens <= room) continue;
    throw new ConfigError(
      "sequence_too_long",
      `${placeOf(index)}: the prompt has ${length} tokens, which leaves ${room} for new ones; --max-new-tokens is ${maxNewTokens}`,
    );
  }
}
