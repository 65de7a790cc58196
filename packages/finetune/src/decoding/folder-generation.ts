import { ConfigError } from "@dylora/errors";
import { type GenerationConfig, parseGenerationConfig } from "@dylora/generation";
import type { BaseModel } from "../models/base-model.ts";
import {
  type DecodingSettings,
  decodingSettingsIn,
  type FolderDecodingSettings,
} from "../settings/decoding-settings.ts";
import { DEFAULT_MAX_NEW_TOKENS } from "./generation.ts";

/** How texts are written: what was typed, else what the model's folder says, else the defaults. */
export interface FolderGeneration {
  /** Everything, as the library takes it. */
  readonly config: GenerationConfig;
  /** The part of it that has flags, with every default in place. */
  readonly choice: DecodingSettings;
  /** Texts for each prompt. */
  readonly returned: number;
  /** New tokens of a prompt of so many tokens, where no flag gives a number. */
  readonly defaultNewTokens: (length: number, place: string) => number;
  /** Lines for people: what came from the folder. */
  readonly notes: readonly string[];
}

/** Settings that are flags too, under the same name. */
const shared = [
  "numBeams",
  "lengthPenalty",
  "noRepeatNgramSize",
  "maxNewTokens",
  "minNewTokens",
  "repetitionPenalty",
  "earlyStopping",
  "doSample",
  "temperature",
  "topK",
  "topP",
  "numReturnSequences",
] as const;

/** Those that count only where tokens are drawn. */
const ofSampling = ["temperature", "topK", "topP", "minP", "typicalP", "epsilonCutoff", "etaCutoff"];

function given(settings: FolderDecodingSettings): GenerationConfig {
  const typed = shared.flatMap((name) => (settings[name] === undefined ? [] : [[name, settings[name]]]));
  return Object.fromEntries(typed) as GenerationConfig;
}

/** As `generation_config.json` writes a name. */
const fieldOf = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The file that speaks for the folder: without a `generation_config.json` transformers reads `config.json` for it. */
function fileOf({ folder }: BaseModel): readonly [file: string, json: unknown] {
  return folder.generationConfig === undefined
    ? ["config.json", folder.config]
    : ["generation_config.json", folder.generationConfig];
}

/**
 * Puts together how texts are written, in transformers' order: a flag, the folder, the default.
 *
 * @throws FormatError `bad_model_config` for a folder that asks for what dylora cannot do
 * @throws ConfigError `sequence_too_long` by {@link FolderGeneration.defaultNewTokens}
 */
export function folderGeneration(settings: FolderDecodingSettings, base: BaseModel): FolderGeneration {
  const [file, json] = fileOf(base);
  const { vocabSize } = base.architecture;
  const ignored = settings.ignoreGenerationConfig;
  const parsed = ignored ? {} : parseGenerationConfig(json, file);
  const own = base.architecture.eosTokenIds ?? [];
  const ends = base.folder.generationConfig === undefined ? own : endTokensOf(json, file);
  const typed = given(settings);
  const merged: GenerationConfig = { ...parsed, ...typed };
  // A flag for new tokens takes the place of both lengths of the folder.
  const { maxLength, minLength, ...others } = merged;
  const config: GenerationConfig = {
    ...others,
    ...(minLength === undefined || typed.minNewTokens !== undefined ? {} : { minLength }),
    ...(typed.doSample === true && merged.topK === undefined ? { topK: 0 } : {}),
    eosTokenIds: settings.eos ?? ends.filter((id) => id < vocabSize),
  };
  const total = merged.maxNewTokens === undefined ? maxLength : undefined;
  const { maxNewTokens: usual = DEFAULT_MAX_NEW_TOKENS } = parsed;
  const choice = decodingSettingsIn({ ...chosen(config), ...chosen({ ...typed }), seed: settings.seed });

  return {
    config,
    choice: { ...choice, maxNewTokens: settings.maxNewTokens, eos: config.eosTokenIds },
    returned: config.numReturnSequences ?? 1,
    defaultNewTokens(length, place) {
      if (total === undefined) return usual;
      if (length < total) return total - length;
      throw new ConfigError(
        "sequence_too_long",
        `${place}: the prompt has ${length} tokens; max_length in ${file} is ${total}, prompt and text together; 'maxNewTokens' takes its place`,
      );
    },
    notes: notesOf(),
  };

  function endTokensOf(from: unknown, name: string): readonly number[] {
    // Only the end tokens of a file that is to be ignored; what else is in it may be what is ignored for.
    const { eos_token_id } = from as { readonly eos_token_id?: unknown };
    return parseGenerationConfig({ eos_token_id }, name).eosTokenIds ?? [];
  }

  function notesOf(): string[] {
    const sampled = config.doSample === true;
    const names = Object.keys(parsed).filter((name) => {
      if (name === "eosTokenIds" || name in typed) return false;
      if (name === "maxLength") return total !== undefined;
      if (name === "minLength") return "minLength" in config;
      return sampled || !ofSampling.includes(name);
    });
    const shown = names.map((name) => `${fieldOf(name)} ${JSON.stringify(parsed[name as keyof GenerationConfig])}`);
    const topK =
      sampled && typed.doSample === undefined && merged.topK === undefined ? ["top_k 50, as in transformers"] : [];
    const all = [...shown, ...topK];
    return [
      ...(all.length === 0
        ? []
        : [`from ${file}: ${all.join(", ")}; flags take their place, 'ignoreGenerationConfig' leaves them out`]),
      ...(settings.eos === undefined && file === "generation_config.json" && config.eosTokenIds?.length === 0
        ? ["generation_config.json names no end token: texts end at their largest length; 'eos' names one"]
        : []),
    ];
  }
}

/** The members that have flags. */
function chosen(config: GenerationConfig): Partial<DecodingSettings> {
  return Object.fromEntries(
    shared.flatMap((name) =>
      config[name] === undefined || name === "numReturnSequences" ? [] : [[name, config[name]]],
    ),
  ) as Partial<DecodingSettings>;
}
