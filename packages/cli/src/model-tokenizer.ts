import { type EncodedExample, type Example, encodeExamples } from "@dylora/data";
import { loadTokenizer } from "@dylora/data/node";
import { ConfigError, FormatError } from "@dylora/errors";
import { maxLength as limitOf } from "@dylora/model-roberta";
import type { BaseModel } from "./base-model.ts";

/** The tokenizer of a base model. */
export interface ModelTokenizer {
  /** Fills up batches. */
  readonly padId: number;
  /**
   * Tokenises examples, keeping labels and order.
   *
   * @throws FormatError `tokenizer_mismatch` for a token that the model has not
   */
  encode(examples: readonly Example[], maxLength: number): EncodedExample[];
}

/**
 * Opens the tokenizer that lies beside a base model.
 *
 * @throws FormatError as `loadTokenizer`
 */
export async function openTokenizer({ dir, config: { vocabSize } }: BaseModel): Promise<ModelTokenizer> {
  const tokenizer = await loadTokenizer(dir);
  return {
    padId: tokenizer.padId,
    encode(examples, maxLength) {
      const encoded = encodeExamples(tokenizer, examples, { maxLength });
      for (const { inputIds } of encoded) {
        const beyond = inputIds.find((id) => id >= vocabSize);
        if (beyond === undefined) continue;
        throw new FormatError(
          "tokenizer_mismatch",
          `${dir}: the tokenizer gives token ${beyond} and the model knows ${vocabSize} tokens: they do not belong together`,
        );
      }
      return encoded;
    },
  };
}

/**
 * The most tokens of an example.
 *
 * @param asked what the person asked for
 * @param usual where nothing is asked for, as far as the model takes it
 * @throws ConfigError `bad_option` when more are asked for than the model takes
 */
export function lengthLimit(asked: number | undefined, { config, name }: BaseModel, usual: number): number {
  const limit = limitOf(config);
  if (asked === undefined) return Math.min(usual, limit);
  if (asked <= limit) return asked;
  throw new ConfigError("bad_option", `--max-length is ${asked}; ${name} takes at most ${limit} tokens`);
}
