import { finite, listOf, positive, type Reader, share, UnreadableError, whole, yes } from "./readers.ts";
import { optionalSetting, type SettingTable, setting } from "./setting.ts";

/** `true`, `false` or `never`; in a config file also the two as JSON has them. */
const stopping: Reader<boolean | "never"> = (given) => {
  const word = String(given);
  if (word === "never") return word;
  if (word === "true" || word === "false") return word === "true";
  throw new UnreadableError("true, false or never");
};

/** Beam search, and how long texts may be: what all that generates has. Names and meanings are transformers'. */
export interface BeamSettings {
  /** Beams; 1 is greedy search. Default 1. */
  readonly numBeams: number;
  /** Above 0 favours long texts among the beams, below 0 short ones. Default 1. */
  readonly lengthPenalty: number;
  /** No sequence of so many tokens comes twice; 0 is off. Default 0. */
  readonly noRepeatNgramSize: number;
  /** Most new tokens of a text, the end token included. Default: 64, or what the prompt leaves. */
  readonly maxNewTokens: number | undefined;
}

/** How texts are written. Names and meanings are transformers'. */
export interface DecodingSettings extends BeamSettings {
  /** Fewest new tokens before an end token may come. Default 0. */
  readonly minNewTokens: number;
  /** Above 1 makes tokens that came before less likely. Default 1. */
  readonly repetitionPenalty: number;
  /** When a beam search ends a prompt. Default false. */
  readonly earlyStopping: boolean | "never";
  /** Draw tokens by their probability. Default false. */
  readonly doSample: boolean;
  /** Sampling: below 1 sharpens, above 1 flattens. */
  readonly temperature: number | undefined;
  /** Sampling: only the so many likeliest tokens. */
  readonly topK: number | undefined;
  /** Sampling: only the likeliest tokens that reach this probability together. */
  readonly topP: number | undefined;
  /** Seed of sampling. Default 0. */
  readonly seed: number;
  /** Tokens that end a text. Default: the model's. */
  readonly eos: readonly number[] | undefined;
}

/** How {@link BeamSettings} are read, and their defaults. */
export const beamSettings: SettingTable<BeamSettings> = {
  numBeams: setting(whole(1), 1),
  lengthPenalty: setting(finite, 1),
  noRepeatNgramSize: setting(whole(0), 0),
  maxNewTokens: optionalSetting(whole(1)),
};

/** How {@link DecodingSettings} are read, and their defaults. */
export const decodingSettings: SettingTable<DecodingSettings> = {
  ...beamSettings,
  minNewTokens: setting(whole(0), 0),
  repetitionPenalty: setting(positive, 1),
  earlyStopping: setting<boolean | "never">(stopping, false),
  doSample: setting(yes, false),
  temperature: optionalSetting(positive),
  topK: optionalSetting(whole(1)),
  topP: optionalSetting(share),
  seed: setting(whole(Number.MIN_SAFE_INTEGER), 0),
  eos: optionalSetting(listOf(whole(0))),
};

/** The decoding settings among other settings; what is missing is at its default. */
export function decodingSettingsIn(settings: LeftOpen<DecodingSettings>): DecodingSettings {
  const names = Object.keys(decodingSettings) as (keyof DecodingSettings)[];
  const entries = names.map((name) => [name, settings[name] ?? decodingSettings[name].fallback]);
  return Object.fromEntries(entries) as unknown as DecodingSettings;
}

/** Settings of which each may be left out. */
export type LeftOpen<Settings> = { readonly [Name in keyof Settings]?: Settings[Name] | undefined };

/** {@link DecodingSettings} where the folder's `generation_config.json` has the say on what is not given. */
export interface FolderDecodingSettings extends LeftOpen<Omit<DecodingSettings, "seed">> {
  /** Texts for each prompt, the best first. Default 1. */
  readonly numReturnSequences?: number | undefined;
  /** Seed of sampling. Default 0. */
  readonly seed: number;
  /** What is not given has the defaults of {@link DecodingSettings}, whatever the folder says; its end tokens count. */
  readonly ignoreGenerationConfig: boolean;
}
