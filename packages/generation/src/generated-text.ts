import type { FinishedSequence } from "./decoding.ts";
import type { FinishReason } from "./finish-reason.ts";
import type { TextCodec } from "./text-codec.ts";

/** A text that was written. */
export interface GeneratedText {
  /** Number of its prompt in the call, from 0. */
  readonly prompt: number;
  /** New tokens, the end token included where there is one. */
  readonly tokens: readonly number[];
  /** The new tokens as text, without the end token; undefined without a tokenizer. */
  readonly text: string | undefined;
  /** Why it ended. */
  readonly finishReason: FinishReason;
  /** Beam search: summed log-probability / length ^ lengthPenalty (transformers' `sequences_scores`); else undefined. */
  readonly score: number | undefined;
}

/**
 * Tokens as text, the end token left out.
 *
 * @param ends tokens that end a text; a text that a rule of the caller's stopped ends with another
 */
export function textOf(
  { tokens, finishReason }: Pick<FinishedSequence, "tokens" | "finishReason">,
  ends: readonly number[],
  codec: TextCodec | undefined,
): string | undefined {
  const isEnded = finishReason === "stop" && ends.includes(tokens.at(-1) as number);
  return codec?.decode(isEnded ? tokens.slice(0, -1) : tokens);
}
