import type { LogitsProcessor } from "./logits-processor.ts";
import { newTokens } from "./sequence.ts";

const NEVER = Number.NEGATIVE_INFINITY;

/** Rules out tokens everywhere (transformers' `suppress_tokens`). */
export function suppressTokens(ids: readonly number[]): LogitsProcessor {
  return (scores) => {
    for (const id of ids) scores[id] = NEVER;
  };
}

/**
 * Rules out tokens as the first new one (`begin_suppress_tokens`); as the second where a prompt of one token has its first
 * forced, as in transformers.
 */
export function beginSuppressTokens(ids: readonly number[], firstForced: boolean): LogitsProcessor {
  const suppress = suppressTokens(ids);
  return (scores, text) => {
    const place = text.prompt.ids.length > 1 || !firstForced ? 0 : 1;
    if (newTokens(text) === place) suppress(scores, text);
  };
}

/**
 * Rules out the last token of a sequence where the text ends with the others (`bad_words_ids`); an end token alone is no
 * such sequence.
 */
export function badWords(sequences: readonly (readonly number[])[], ends: readonly number[]): LogitsProcessor {
  const kept = sequences.filter((ids) => ids.length > 1 || !ends.includes(ids[0] as number));
  return (scores, { ids }) => {
    for (const sequence of kept) {
      if (sequence.length > 1 && sequence.length > ids.length) continue;
      const from = ids.length - sequence.length + 1;
      const follows = sequence.slice(0, -1).every((id, at) => ids[from + at] === id);
      if (follows) scores[sequence.at(-1) as number] = NEVER;
    }
  };
}

/** Rules out the end tokens until prompt and text have so many tokens together (`min_length`). */
export function minLength(least: number, ends: readonly number[]): LogitsProcessor {
  return (scores, { ids }) => {
    if (ids.length < least) for (const id of ends) scores[id] = NEVER;
  };
}

function force(scores: Float32Array, ids: readonly number[]): void {
  scores.fill(NEVER);
  for (const id of ids) scores[id] = 0;
}

/** Makes a token the first new one after a prompt of one token (`forced_bos_token_id`). */
export function forcedFirst(id: number): LogitsProcessor {
  return (scores, { ids }) => {
    if (ids.length === 1) force(scores, [id]);
  };
}

/** Makes one of some tokens the last one at the largest length (`forced_eos_token_id`). @param limitOf by prompt */
export function forcedLast(ids: readonly number[], limitOf: (prompt: number) => number): LogitsProcessor {
  return (scores, text) => {
    if (newTokens(text) === limitOf(text.prompt.index) - 1) force(scores, ids);
  };
}
