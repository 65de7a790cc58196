import { ConfigError, FormatError } from "@dylora/errors";
import type { BaseModel } from "./base-model.ts";

/**
 * Refuses tokens that a model has not.
 *
 * @returns what it was given
 * @throws FormatError `tokenizer_mismatch`
 */
export function checkTokens<Encoded extends { readonly inputIds: Int32Array | readonly number[] }>(
  encoded: Encoded[],
  { dir, tokenizerDir = dir, architecture: { vocabSize } }: BaseModel,
): Encoded[] {
  for (const { inputIds } of encoded) {
    const beyond = inputIds.find((id) => id >= vocabSize);
    if (beyond === undefined) continue;
    throw new FormatError(
      "tokenizer_mismatch",
      `${tokenizerDir}: the tokenizer gives token ${beyond} and the model knows ${vocabSize} tokens: they do not belong together`,
    );
  }
  return encoded;
}

/**
 * The most tokens of an example.
 *
 * @param asked what the person asked for
 * @param usual where nothing is asked for, as far as the model takes it
 * @throws ConfigError `bad_option` when more are asked for than the model takes
 */
export function lengthLimit(asked: number | undefined, { architecture, name }: BaseModel, usual: number): number {
  const { maxLength: limit } = architecture;
  if (asked === undefined) return Math.min(usual, limit);
  if (asked <= limit) return asked;
  throw new ConfigError("bad_option", `'maxLength' is ${asked}; ${name} takes at most ${limit} tokens`);
}
