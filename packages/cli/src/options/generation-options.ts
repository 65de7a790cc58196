import { type BeamSettings, beamSettings, decodingSettings, whole, yes } from "@dylora/finetune/settings";
import { describe, flag, type Option, type OptionTexts, option } from "./option.ts";

const beamTexts = {
  numBeams: ["<n>", "generation: beams; 1 is greedy search"],
  lengthPenalty: ["<x>", "generation: above 0 favours long texts among the beams, below 0 short ones"],
  noRepeatNgramSize: ["<n>", "generation: no sequence of so many tokens comes twice; 0: off"],
  maxNewTokens: [
    "<n>",
    "generation: most new tokens of a text, the end token included (default: 64, or what the prompt leaves)",
  ],
} as const satisfies OptionTexts<BeamSettings>;

/** Beam search, and how long texts may be: what every command that generates has. */
export const beamOptions = describe(beamSettings, beamTexts);

/** How texts are written. */
export const generationOptions = describe(decodingSettings, {
  ...beamTexts,
  minNewTokens: ["<n>", "fewest new tokens before an end token may come"],
  repetitionPenalty: ["<x>", "above 1 makes tokens that came before less likely"],
  earlyStopping: [
    "<when>",
    "beam search: true ends a prompt with as many complete texts as beams; false when no better one is likely; never when none can come",
  ],
  doSample: "draw tokens by their probability",
  temperature: ["<x>", "sampling: below 1 sharpens, above 1 flattens"],
  topK: ["<n>", "sampling: only the so many likeliest tokens"],
  topP: ["<x>", "sampling: only the likeliest tokens that reach this probability together"],
  seed: ["<n>", "seed of sampling"],
  eos: ["<ids>", "tokens that end a text, such as 0,39 (default: the model's)"],
});

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
