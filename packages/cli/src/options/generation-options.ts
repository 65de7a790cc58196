import { flag, type Option, option, optional, type SettingsOf } from "./option.ts";
import { finite, listOf, positive, type Reader, share, UnreadableError, whole, yes } from "./readers.ts";

/** `true`, `false` or `never`; in a config file also the two as JSON has them. */
const stopping: Reader<boolean | "never"> = (given) => {
  const word = String(given);
  if (word === "never") return word;
  if (word === "true" || word === "false") return word === "true";
  throw new UnreadableError("true, false or never");
};

/** Beam search, and how long texts may be: what every command that generates has. */
export const beamOptions = {
  numBeams: option("<n>", "generation: beams; 1 is greedy search", whole(1), 1),
  lengthPenalty: option("<x>", "generation: above 0 favours long texts among the beams, below 0 short ones", finite, 1),
  noRepeatNgramSize: option("<n>", "generation: no sequence of so many tokens comes twice; 0: off", whole(0), 0),
  maxNewTokens: optional(
    "<n>",
    "generation: most new tokens of a text, the end token included (default: 64, or what the prompt leaves)",
    whole(1),
  ),
};

/** How texts are written. */
export const generationOptions = {
  ...beamOptions,
  minNewTokens: option("<n>", "fewest new tokens before an end token may come", whole(0), 0),
  repetitionPenalty: option("<x>", "above 1 makes tokens that came before less likely", positive, 1),
  earlyStopping: option<boolean | "never">(
    "<when>",
    "beam search: true ends a prompt with as many complete texts as beams; false when no better one is likely; never when none can come",
    stopping,
    false,
  ),
  doSample: flag("draw tokens by their probability", yes),
  temperature: optional("<x>", "sampling: below 1 sharpens, above 1 flattens", positive),
  topK: optional("<n>", "sampling: only the so many likeliest tokens", whole(1)),
  topP: optional("<x>", "sampling: only the likeliest tokens that reach this probability together", share),
  seed: option("<n>", "seed of sampling", whole(Number.MIN_SAFE_INTEGER), 0),
  eos: optional("<ids>", "tokens that end a text, such as 0,39 (default: the model's)", listOf(whole(0))),
};

/** How texts are written, with every default in place. */
export type GenerationChoice = SettingsOf<typeof generationOptions>;

/** The generation settings among the settings of a command; what it has not is at its default. */
export function generationChoiceIn(settings: Partial<GenerationChoice>): GenerationChoice {
  const names = Object.keys(generationOptions) as (keyof GenerationChoice)[];
  const entries = names.map((name) => [name, settings[name] ?? generationOptions[name].fallback]);
  return Object.fromEntries(entries) as GenerationChoice;
}

/** A table whose settings are undefined where nothing is given. */
type LeftOpen<Table> = { [Name in keyof Table]: Table[Name] extends Option<infer T> ? Option<T | undefined> : never };

/** The same options without defaults of their own: what is not given, the model's folder says. Help still names them. */
function leftOpen<Table extends Readonly<Record<string, Option<unknown>>>>(table: Table): LeftOpen<Table> {
  const open = Object.entries(table).map(([name, given]) => {
    const { placeholder, description, fallback } = given;
    const shown =
      placeholder === undefined || fallback === undefined ? description : `${description} (default: ${fallback})`;
    return [name, { ...given, description: shown, fallback: undefined }];
  });
  return Object.fromEntries(open) as LeftOpen<Table>;
}

const { seed, ...fromFolder } = generationOptions;

/** {@link generationOptions} where the folder's `generation_config.json` has the say on what is not given. */
export const folderGenerationOptions = {
  ...leftOpen({
    ...fromFolder,
    numReturnSequences: option("<n>", "texts for each prompt, the best first, a line each", whole(1), 1),
  }),
  seed,
  ignoreGenerationConfig: flag(
    "what is not given has the defaults named here, whatever the model's generation_config.json says; its end tokens count",
    yes,
  ),
};
