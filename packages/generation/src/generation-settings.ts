import type { RankView } from "@dylora/lora-core";
import type { Decoding } from "./decoding.ts";
import type { GeneratedText } from "./generated-text.ts";
import type { LogitsProcessor } from "./logits-processor.ts";
import type { StoppingCriterion } from "./stopping-criterion.ts";
import type { TextCodec } from "./text-codec.ts";

/** What to go on from: texts with a tokenizer, or tokens. */
export type PromptSource =
  | {
      /** Texts, none of them empty. */
      readonly prompts: readonly string[];
      /** Reads the prompts and writes the result. */
      readonly tokenizer: TextCodec;
    }
  | {
      /** Tokens of each prompt, at least one each. */
      readonly promptIds: readonly ArrayLike<number>[];
      /** Writes the result as text; without it there are only tokens. */
      readonly tokenizer?: TextCodec;
    };

/** How far a call of `generate` has come. */
export interface Progress {
  /** Prompts whose texts are complete. */
  readonly done: number;
  /** All prompts of the call. */
  readonly total: number;
  /** What is counted. */
  readonly unit: "texts";
  /** Tokens chosen so far, those of texts that were given up included: `123 tokens`. */
  readonly detail: string;
}

/** What is told of a call's progress. */
export const progressOf = (done: number, total: number, tokens: number): Progress => ({
  done,
  total,
  unit: "texts",
  detail: `${tokens} tokens`,
});

/** Settings of a generation. */
export interface GenerationSettings {
  /**
   * Most tokens to write after each prompt, the end token included: one number for all, or one for each prompt, such as
   * what a long prompt leaves room for. A prompt's limit changes no other prompt's texts.
   */
  readonly maxNewTokens: number | ArrayLike<number>;
  /** Fewest tokens before an end token may come; default 0. */
  readonly minNewTokens?: number;
  /** Tokens that end a text; default the model's (`eos_token_id` of its configuration). None: `[]`. */
  readonly eosTokenIds?: readonly number[];
  /** How tokens are chosen; default `greedy()`. */
  readonly decoding?: Decoding;
  /** Makes tokens that came before less likely (above 1) or more (below); default 1. */
  readonly repetitionPenalty?: number;
  /** No sequence of so many tokens comes twice, the prompt included; default 0: off. */
  readonly noRepeatNgramSize?: number;
  /** Functions of your own that change the scores, after the settings above (transformers' `logits_processor`). */
  readonly logitsProcessors?: readonly LogitsProcessor[];
  /**
   * Functions of your own that end a text (transformers' `stopping_criteria`). A text ends where one of them says so, and
   * keeps its last token. Greedy search and sampling alone: beams that go on may overtake one that ends.
   */
  readonly stoppingCriteria?: readonly StoppingCriterion[];
  /** How much of the adapter is used; `{ ranks }` has one for each prompt. Default `full`. */
  readonly view?: RankView;
  /** Prompts that run side by side; default 16. It changes no text but for rounding. */
  readonly batchSize?: number;
  /** False: every token is computed from the whole text. Slow; default true. */
  readonly useCache?: boolean;
  /** Stops between two tokens; the call then throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told after every step. */
  readonly onProgress?: (progress: Progress) => void;
}

/** A call of `generate`: what to go on from, and how. */
export type GenerateOptions = PromptSource & GenerationSettings;

/** How a call of `generate` is cut into batches, and who is told of them. */
export interface BatchSettings {
  /**
   * Numbers of the prompts that run side by side, one batch after the other. Prompts that are in none are left out, which
   * changes no other text. Default: all, the longest first, `batchSize` at a time.
   */
  readonly batches?: readonly (readonly number[])[];
  /** Given the texts of each batch, by prompt, when they are complete; the next batch waits for what it returns. */
  readonly onTexts?: (texts: readonly GeneratedText[]) => void | Promise<void>;
}
