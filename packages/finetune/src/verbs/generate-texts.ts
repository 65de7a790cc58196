import {
  type GeneratedText,
  generate,
  generateStream,
  generationSettings,
  type LogitsProcessor,
  type Progress,
  type StoppingCriterion,
} from "@dylora/generation";
import type { AdaptedModel, CausalInputs, RankView } from "@dylora/lora-core";
import { folderGeneration } from "../decoding/folder-generation.ts";
import { checkDecodingSettings, fitPrompts } from "../decoding/generation.ts";
import { writePrompt } from "../generate/prompt-form.ts";
import { checkTokens } from "../models/check-tokens.ts";
import type { FolderDecodingSettings } from "../settings/decoding-settings.ts";
import type { TunedParts } from "./tuned-parts.ts";

/** A whole prompt, or data that becomes one in the form of the training. */
export type PromptInput = string | { readonly context: string };

/** How texts are written. What is not given, the model's `generation_config.json` says. */
export interface GenerateOptions extends Partial<FolderDecodingSettings> {
  /** Rank to use. Default: the highest. */
  readonly rank?: number;
  /** Of a prompt that is too long keep the last tokens. Default: it is refused. */
  readonly cutPrompts?: boolean;
  /** Most new tokens where `maxNewTokens` is not given, even if the model's own default is more. Default: no limit. */
  readonly newTokenLimit?: number;
  /** Prompts that run side by side. Default 16. */
  readonly batchSize?: number;
  /** Stops it: its reason is thrown. */
  readonly signal?: AbortSignal;
  /** A stream: told of every token as it is chosen, also of one that gives no text yet. */
  readonly onToken?: (token: number | undefined) => void;
  /** Functions of your own that change the scores of the next token, as transformers' `logits_processor`. */
  readonly logitsProcessors?: readonly LogitsProcessor[];
  /** Functions of your own that end a text, as transformers' `stopping_criteria`. */
  readonly stoppingCriteria?: readonly StoppingCriterion[];
  /** Told how many texts are done. */
  readonly onProgress?: (progress: Progress) => void;
}

/** Texts that were written, in the order of their prompts. */
export interface GeneratedTexts {
  /** A text for each prompt, the best where there are several. */
  readonly texts: readonly string[];
  /** Everything that was written: its prompt, its tokens, its text. */
  readonly all: readonly GeneratedText[];
}

/** What a call of the generation package takes, out of a model's parts and what was asked for. */
function callOf(
  { base, tokenizer, promptForm }: TunedParts,
  prompts: readonly PromptInput[],
  {
    rank: _,
    cutPrompts = false,
    batchSize: __,
    signal: ___,
    onProgress: ____,
    onToken: _____,
    newTokenLimit = Number.POSITIVE_INFINITY,
    logitsProcessors = [],
    stoppingCriteria = [],
    ...given
  }: GenerateOptions,
) {
  const how = folderGeneration({ seed: 0, ignoreGenerationConfig: false, ...given }, base);
  const { temperature, topK, topP } = given;
  checkDecodingSettings({ ...how.choice, temperature, topK, topP }, how.returned);
  const form = promptForm ?? "lora";
  const encoded = prompts.map((prompt) => ({
    inputIds: tokenizer.encode(typeof prompt === "string" ? prompt : writePrompt(form, prompt.context)),
  }));
  const ids = checkTokens(encoded, base).map(({ inputIds }) => inputIds);
  const placeOf = (index: number) => `prompt ${index + 1}`;
  const { promptIds, maxNewTokens } = fitPrompts(ids, how.choice, base, {
    cut: cutPrompts,
    placeOf,
    defaultNewTokens: (length, place) => Math.min(newTokenLimit, how.defaultNewTokens(length, place)),
  });
  const settings = generationSettings(how.config, { maxNewTokens, seed: given.seed ?? 0 });
  return {
    ...settings,
    logitsProcessors: [...(settings.logitsProcessors ?? []), ...logitsProcessors],
    stoppingCriteria,
    promptIds,
    tokenizer,
  };
}

/** Continues prompts with a model that is loaded. */
export async function generateTexts(
  parts: TunedParts,
  prompts: PromptInput | readonly PromptInput[],
  view: RankView,
  options: GenerateOptions,
): Promise<GeneratedTexts> {
  const list = Array.isArray(prompts) ? (prompts as readonly PromptInput[]) : [prompts as PromptInput];
  const { batchSize = 16, signal, onProgress } = options;
  const all = await generate(parts.adapted as AdaptedModel<CausalInputs>, {
    ...callOf(parts, list, options),
    batchSize,
    view,
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const texts = list.map((_, index) => all.find(({ prompt }) => prompt === index)?.text ?? "");
  return { texts, all };
}

/** Continues a prompt, piece by piece. */
export async function* streamText(
  parts: TunedParts,
  prompt: PromptInput,
  view: RankView,
  options: GenerateOptions,
): AsyncGenerator<string> {
  const { signal, onToken } = options;
  const call = callOf(parts, [prompt], options);
  const stream = generateStream(parts.adapted as AdaptedModel<CausalInputs>, {
    ...call,
    view,
    ...(signal === undefined ? {} : { signal }),
  });
  for await (const { text, token } of stream) {
    onToken?.(token);
    if (text !== "") yield text;
  }
}
