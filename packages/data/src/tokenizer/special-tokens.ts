import type { TokenizerClass } from "./tokenizer-class.ts";

/** Roles that a special token may have. */
export type SpecialRole = "bos" | "eos" | "pad";

// What RoBERTa and GPT-2 call them where no file says so.
const CUSTOMARY: Record<SpecialRole, readonly string[]> = {
  bos: ["<s>", "<|endoftext|>"],
  eos: ["</s>", "<|endoftext|>"],
  pad: ["<pad>"],
};

/** Where the id of a special token is looked for. */
export interface SpecialTokenSearch {
  /** Text of the token in each role, such as `eos_token`. */
  readonly roles: ReadonlyMap<string, string>;
  /** Roles that a file names; the others are the class's own. */
  readonly named: ReadonlySet<string>;
  /** Content of the model's `config.json`. */
  readonly modelConfig: Readonly<Record<string, unknown>> | undefined;
  /** The class, where one is built. */
  readonly kind: TokenizerClass | undefined;
  /** Id of a token, added ones included. */
  idOf(token: string): number | undefined;
  /** Whether the vocabulary has a token, added ones not counted. */
  inVocabulary(token: string): boolean;
}

/**
 * Id of the token in one role: named by the tokenizer's own files, or by its class where the vocabulary has it; by id in the
 * model's configuration; else the class's token, which was added; or the customary one where no class is known.
 */
export function specialTokenId(role: SpecialRole, search: SpecialTokenSearch): number | undefined {
  const { roles, named, modelConfig = {}, kind, idOf, inVocabulary } = search;
  const name = `${role}_token`;
  const token = roles.get(name);
  const id = token === undefined ? undefined : idOf(token);
  if (token !== undefined && id !== undefined && (named.has(name) || inVocabulary(token))) return id;
  const configured = modelConfig[`${name}_id`];
  if (Number.isSafeInteger(configured) && (configured as number) >= 0) return configured as number;
  // The class's token was added beyond the vocabulary, and the model may have no row for it.
  if (id !== undefined) return id;
  return kind === undefined ? CUSTOMARY[role].map(idOf).find((found) => found !== undefined) : undefined;
}
