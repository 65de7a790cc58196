import { ConfigError } from "@dylora/errors";
import { beamSearch, type GenerationSettings, greedy, sampling } from "@dylora/generation";
import type { BaseModel } from "../models/base-model.ts";
import type { DecodingSettings } from "../settings/decoding-settings.ts";

const bad = (message: string): ConfigError => new ConfigError("bad_option", message);

/**
 * Refuses settings that do not go together.
 *
 * @param returned texts for each prompt
 * @throws ConfigError `bad_option`
 */
export function checkDecodingSettings(choice: DecodingSettings, returned = 1): void {
  const { doSample, numBeams, minNewTokens, maxNewTokens } = choice;
  if (doSample && numBeams > 1) throw bad(`'doSample' goes with 'numBeams' 1, not ${numBeams}`);
  for (const name of ["temperature", "topK", "topP"] as const) {
    if (choice[name] !== undefined && !doSample) throw bad(`'${name}' needs 'doSample'`);
  }
  if (maxNewTokens !== undefined && minNewTokens > maxNewTokens) {
    throw bad(`'minNewTokens' ${minNewTokens} is above 'maxNewTokens' ${maxNewTokens}`);
  }
  if (!doSample && returned > numBeams) {
    throw bad(`'numReturnSequences' ${returned} needs as many beams, or 'doSample'; 'numBeams' is ${numBeams}`);
  }
}

/** The call of `generate` that settings ask for, prompts and their room apart. */
export function generationFor(
  choice: DecodingSettings,
  returned = 1,
): Pick<GenerationSettings, "decoding" | "minNewTokens" | "repetitionPenalty" | "noRepeatNgramSize" | "eosTokenIds"> {
  const { doSample, numBeams, temperature, topK, topP, seed, lengthPenalty, earlyStopping, eos } = choice;
  const decoding = doSample
    ? sampling({
        seed,
        numReturnSequences: returned,
        ...(temperature === undefined ? {} : { temperature }),
        ...(topK === undefined ? {} : { topK }),
        ...(topP === undefined ? {} : { topP }),
      })
    : numBeams === 1
      ? greedy()
      : beamSearch({ numBeams, lengthPenalty, earlyStopping, numReturnSequences: returned });
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
export const DEFAULT_MAX_NEW_TOKENS = 64;

/** Prompts that a model can take, with the room of each. */
export interface FittedPrompts {
  /** Tokens of each, cut where that was asked for. */
  readonly promptIds: readonly (readonly number[])[];
  /** Most new tokens of each: what is asked for, as far as its own length leaves room. */
  readonly maxNewTokens: readonly number[];
  /** How many were cut, and how many may get fewer tokens: lines for people. */
  readonly notes: readonly string[];
}

/** How prompts are fitted. */
export interface FitOptions {
  /** Of prompts that are too long keep the last tokens, as microsoft/LoRA's `gpt2_beam.py` does; else refuse them. */
  readonly cut: boolean;
  /** What messages call the prompt at an index. */
  readonly placeOf: (index: number) => string;
  /** New tokens of a prompt of so many tokens where no number is asked for; default 64. */
  readonly defaultNewTokens?: (length: number, place: string) => number;
}

const firstOf = (indices: readonly number[], placeOf: FitOptions["placeOf"]): string =>
  indices.length === 1
    ? placeOf(indices[0] as number)
    : `${indices.length} prompts, the first ${placeOf(indices[0] as number)}`;

/**
 * Gives each prompt a limit of its own. What one prompt needs changes nothing for the others.
 *
 * @throws ConfigError `empty_prompt`, or `sequence_too_long` where a prompt leaves no room, or less than was asked for, and is not to be cut
 */
export function fitPrompts(
  prompts: readonly (readonly number[])[],
  { maxNewTokens, minNewTokens }: DecodingSettings,
  { name, architecture: { maxLength } }: BaseModel,
  { cut, placeOf, defaultNewTokens = () => DEFAULT_MAX_NEW_TOKENS }: FitOptions,
): FittedPrompts {
  const wantedFor = (ids: readonly number[], index: number): number =>
    maxNewTokens ?? Math.max(defaultNewTokens(ids.length, placeOf(index)), minNewTokens);
  // Where a number is asked for, it must fit; the usual one may be less.
  const least = maxNewTokens ?? 1;
  // The last new token is never read.
  const roomOf = (ids: readonly number[]): number => maxLength - ids.length + 1;
  const cutAt: number[] = [];
  const promptIds = prompts.map((ids, index) => {
    if (ids.length === 0) throw new ConfigError("empty_prompt", `${placeOf(index)}: the prompt is empty`);
    if (roomOf(ids) >= least) return ids;
    if (!cut) throw tooLong(ids.length);
    cutAt.push(index);
    return ids.slice(-Math.max(1, maxLength - wantedFor(ids, index) + 1));

    function tooLong(length: number): ConfigError {
      const found = `${placeOf(index)}: the prompt has ${length} tokens`;
      const problem =
        length > maxLength
          ? `; ${name} takes ${maxLength}, prompt and continuation together`
          : `, which leaves ${roomOf(ids)} for new ones; 'maxNewTokens' is ${maxNewTokens}`;
      const cure = "'cutPrompts' keeps the last tokens of a prompt that is too long";
      return new ConfigError("sequence_too_long", `${found}${problem}; shorten it, or ${cure}`);
    }
  });
  const wanted = promptIds.map(wantedFor);
  const limits = promptIds.map((ids, index) => Math.min(wanted[index] as number, roomOf(ids)));
  const short = limits.flatMap((limit, index) => (limit < (wanted[index] as number) ? [index] : []));
  const notes = [
    ...(cutAt.length === 0
      ? []
      : [`too long for ${name}, which takes ${maxLength} tokens, cut to the last ones: ${firstOf(cutAt, placeOf)}`]),
    ...(short.length === 0
      ? []
      : [
          `less room than ${wanted[short[0] as number]} new tokens, the text may end early: ${firstOf(short, placeOf)}`,
        ]),
  ];
  return { promptIds, maxNewTokens: limits, notes };
}
