/** Roles that a special token may have. */
export type SpecialRole = "bos" | "eos" | "pad";

/** The JSON objects that may name a tokenizer's special tokens, the first that does so winning. */
export interface SpecialTokenSources {
  /** Content of `tokenizer_config.json`. */
  readonly tokenizerConfig?: Readonly<Record<string, unknown>>;
  /** Content of `special_tokens_map.json`. */
  readonly specialTokensMap?: Readonly<Record<string, unknown>>;
  /** Content of the model's `config.json`. */
  readonly modelConfig?: Readonly<Record<string, unknown>>;
}

// What RoBERTa and GPT-2 call them where no file says so.
const CUSTOMARY: Record<SpecialRole, readonly string[]> = {
  bos: ["<s>", "<|endoftext|>"],
  eos: ["</s>", "<|endoftext|>"],
  pad: ["<pad>"],
};

/** A token is written as its text, or as an object that holds the text as `content`. */
const tokenText = (value: unknown): string | undefined => {
  if (typeof value === "string") return value;
  const content = typeof value === "object" && value !== null ? (value as { content?: unknown }).content : undefined;
  return typeof content === "string" ? content : undefined;
};

/**
 * Id of the token in one role: named by the tokenizer's own files, by id in the model's configuration, or else the
 * customary one where the vocabulary has it.
 */
export function specialTokenId(
  role: SpecialRole,
  sources: SpecialTokenSources,
  idOf: (token: string) => number | undefined,
): number | undefined {
  const { tokenizerConfig = {}, specialTokensMap = {}, modelConfig = {} } = sources;
  for (const named of [tokenizerConfig[`${role}_token`], specialTokensMap[`${role}_token`]]) {
    const text = tokenText(named);
    const id = text === undefined ? undefined : idOf(text);
    if (id !== undefined) return id;
  }
  const configured = modelConfig[`${role}_token_id`];
  if (typeof configured === "number") return configured;
  return CUSTOMARY[role].map(idOf).find((id) => id !== undefined);
}
