import type { TruncationStrategy } from "./truncation.ts";

/** How a text, or a pair of texts, becomes token ids. */
export interface EncodeOptions {
  /** Most tokens to return, special tokens included. Default: no limit. */
  readonly maxLength?: number;
  /** Which text of a pair is cut to `maxLength`. Default `"longest_first"`. A single text is simply cut. */
  readonly truncation?: TruncationStrategy;
  /** False: the text's own tokens only. Default true. */
  readonly addSpecialTokens?: boolean;
}

/** A text or a pair of texts to encode. */
export interface TokenizerInput {
  /** First (or only) text. */
  readonly text: string;
  /** Second text of a pair. An empty text still makes a pair. */
  readonly textPair?: string;
}

/** Turns text into token ids and back. */
export interface Tokenizer {
  /**
   * Token ids of a text, or of a pair when `textPair` is a string (the empty one included). Special tokens are placed
   * as the tokenizer's post-processor says: RoBERTa makes `<s> a </s>` and `<s> a </s></s> b </s>`, GPT-2 adds none.
   *
   * @throws ConfigError `bad_max_length`, `cannot_truncate`
   */
  encode(text: string, textPair?: string, options?: EncodeOptions): number[];
  /** {@link Tokenizer.encode} for each input. */
  encodeBatch(inputs: readonly TokenizerInput[], options?: EncodeOptions): number[][];
  /**
   * The text of token ids. Ids outside the vocabulary are left out; byte sequences that are not UTF-8 come as U+FFFD.
   *
   * @param options `skipSpecial` leaves out special tokens; default true
   */
  decode(ids: ArrayLike<number>, options?: { readonly skipSpecial?: boolean }): string;
  /** Id of a token, for instance `"<mask>"`; undefined where the vocabulary has none. */
  tokenId(token: string): number | undefined;
  /** Id that fills batches: the padding token, else the end token (as is the custom with GPT-2), else 0. */
  readonly padId: number;
  /** Id of the end token, for instance `</s>` or `<|endoftext|>`. */
  readonly eosId: number | undefined;
  /** Id of the begin token, for instance `<s>`. */
  readonly bosId: number | undefined;
  /** Tokens in the vocabulary, added ones included. */
  readonly vocabSize: number;
  /** Longest input that its files name (`model_max_length`), special tokens included; undefined where they name none. */
  readonly maxLength?: number | undefined;
}
