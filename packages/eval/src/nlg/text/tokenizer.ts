/** Splits a text into the tokens that a metric counts. */
export interface Tokenizer {
  /** Short name for signatures, for instance `13a`. */
  readonly name: string;
  /** Tokens of a text; empty for a blank one. */
  readonly tokenize: (text: string) => string[];
}
