import type { Tokenizer } from "@dylora/data";
import type { TextCodec } from "@dylora/model-gpt2";

/** Reads prompts and writes texts. */
export interface PromptCodec extends TextCodec {
  /** Tokens of a text. */
  encode(text: string): number[];
}

/** A tokenizer for prompts: nothing is added to a text, as in training. */
export const textCodec = (tokenizer: Tokenizer): PromptCodec => ({
  encode: (text) => tokenizer.encode(text, undefined, { addSpecialTokens: false }),
  decode: (ids) => tokenizer.decode(ids),
});
