import type { LogitsProcessor } from "./logits-processor.ts";
import { newTokens } from "./sequence.ts";

/**
 * Rules out the end tokens until a text has so many new tokens (transformers' `min_new_tokens`).
 *
 * @param least new tokens before the text may end
 */
export function minNewTokens(least: number, eosTokenIds: readonly number[]): LogitsProcessor {
  return (scores, text) => {
    if (newTokens(text) < least) for (const id of eosTokenIds) scores[id] = Number.NEGATIVE_INFINITY;
  };
}
