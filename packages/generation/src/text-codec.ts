/** Turns text into tokens and back; the tokenizers of `@dylora/data` are this. */
export interface TextCodec {
  /** Tokens of a text. */
  encode(text: string): ArrayLike<number>;
  /** Text of tokens; bytes that are not (yet) UTF-8 as U+FFFD. */
  decode(ids: ArrayLike<number>): string;
}
