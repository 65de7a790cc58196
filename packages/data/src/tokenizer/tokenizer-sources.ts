/** The JSON objects that lie beside a tokenizer and have a say in it, as far as a folder has them. */
export interface TokenizerSources {
  /** Content of `tokenizer_config.json`. */
  readonly tokenizerConfig?: Readonly<Record<string, unknown>>;
  /** Content of `special_tokens_map.json`. */
  readonly specialTokensMap?: Readonly<Record<string, unknown>>;
  /** Content of `added_tokens.json`: ids by token. */
  readonly addedTokens?: Readonly<Record<string, unknown>>;
  /** Content of the model's `config.json`. */
  readonly modelConfig?: Readonly<Record<string, unknown>>;
}
