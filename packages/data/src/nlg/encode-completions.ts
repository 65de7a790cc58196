import { ConfigError } from "@dylora/errors";
import { type EncodedCompletion, IGNORE_LABEL } from "../example.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { PromptCompletion } from "./prompt-form.ts";

/** Settings of {@link encodeCompletions}. */
export interface EncodeCompletionsOptions {
  /** Most tokens of an example; what is beyond is cut off, the end token with it. Default: no limit. */
  readonly maxLength?: number;
  /**
   * Called for each pair whose prompt leaves no room for the completion, with the error and the pair's position; the pair
   * is then left out: nothing could be learnt of it. Default: the first one is thrown.
   */
  readonly onTooLong?: (error: ConfigError, index: number) => void;
  /** Called with the position of each pair whose completion is cut. */
  readonly onCut?: (index: number) => void;
}

const refuse = (error: ConfigError): void => {
  throw error;
};

/**
 * Tokenises prompts and completions for training a causal language model on the completions alone: ids of the prompt,
 * ids of the completion, end token. Labels are {@link IGNORE_LABEL} on the prompt and the ids themselves after it, so
 * that the model learns to end. Prompt and completion are tokenised apart, as at generation only the prompt is there. The
 * prompt has the special tokens that the tokenizer places (a begin token where it adds one), the completion none.
 *
 * @throws ConfigError `no_end_token`, `prompt_too_long` (the prompt leaves no room for the completion)
 *
 * @example
 * ```ts
 * import { byteLevelBpe, createTokenizer, encodeCompletions } from "@dylora/data";
 *
 * const vocab = { "<|endoftext|>": 0, a: 1, b: 2 };
 * const tokenizer = createTokenizer(byteLevelBpe({ vocab, merges: [] }));
 * const [encoded] = encodeCompletions(tokenizer, [{ prompt: "a", completion: "bb" }]);
 * console.log(encoded?.inputIds, encoded?.labels); // [1, 2, 2, 0], [-100, 2, 2, 0]
 * ```
 */
export function encodeCompletions(
  tokenizer: Pick<Tokenizer, "encode" | "eosId">,
  pairs: readonly PromptCompletion[],
  { maxLength = Number.POSITIVE_INFINITY, onTooLong = refuse, onCut }: EncodeCompletionsOptions = {},
): EncodedCompletion[] {
  const { eosId } = tokenizer;
  if (eosId === undefined) {
    throw new ConfigError("no_end_token", "the tokenizer names no end token (eos_token), which completions end with");
  }
  return pairs.flatMap(({ prompt, completion }, position): EncodedCompletion[] => {
    const promptIds = tokenizer.encode(prompt);
    if (promptIds.length >= maxLength) {
      const found = `the prompt at position ${position} has ${promptIds.length} tokens`;
      const details = { position, tokens: promptIds.length };
      onTooLong(
        new ConfigError("prompt_too_long", `${found}; with maxLength ${maxLength} no completion fits after it`, {
          details,
        }),
        position,
      );
      return [];
    }
    const completionIds = tokenizer.encode(completion, undefined, { addSpecialTokens: false });
    const whole = [...promptIds, ...completionIds, eosId];
    if (whole.length > maxLength) onCut?.(position);
    const inputIds = Int32Array.from(whole.slice(0, maxLength));
    return [{ inputIds, labels: inputIds.slice().fill(IGNORE_LABEL, 0, promptIds.length) }];
  });
}
