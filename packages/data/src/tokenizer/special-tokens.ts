import type { TokenizerClass } from "./tokenizer-class.ts";

/** Roles that a special token may have. */
export type SpecialRole = "bos" | "eos" | "pad";

// What RoBERTa and GPT-2 call them where no file says so.
const CUSTOMARY: Record<SpecialRole, readonly string[]> = {
  bos: ["<s>", "<|endoftext|>"],
  eos: ["</s>", "<|endoftext|>"],
  pad: ["<pad>"],
};

/**
 * Id of the token in one role: named by the tokenizer's own files or its class, by id in the model's configuration, or
 * else the customary one where no class is known and the vocabulary has it.
 *
 * @param roles text of the token in each role, such as `eos_token`
 */
export function specialTokenId(
  role: SpecialRole,
  roles: ReadonlyMap<string, string>,
  modelConfig: Readonly<Record<string, unknown>> = {},
  kind: TokenizerClass | undefined,
  idOf: (token: string) => number | undefined,
): number | undefined {
  const named = roles.get(`${role}_token`);
  const id = named === undefined ? undefined : idOf(named);
  if (id !== undefined) return id;
  const configured = modelConfig[`${role}_token_id`];
  if (Number.isSafeInteger(configured) && (configured as number) >= 0) return configured as number;
  return kind === undefined ? CUSTOMARY[role].map(idOf).find((found) => found !== undefined) : undefined;
}
