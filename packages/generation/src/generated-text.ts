import type { FinishedText, TextEnd } from "./decoding.ts";
import type { TextCodec } from "./text-codec.ts";

/** A text that was written. */
export interface GeneratedText {
  /** Number of its prompt in the call, from 0. */
  readonly prompt: number;
  /** New tokens, the end token included where there is one. */
  readonly tokens: readonly number[];
  /** The new tokens as text, without the end token; undefined without a tokenizer. */
  readonly text: string | undefined;
  /** Why it ended: with an end token, at its largest length, or because every token was ruled out. */
  readonly end: TextEnd;
  /** Beam search: summed log-probability / length ^ lengthPenalty (transformers' `sequences_scores`); else undefined. */
  readonly score: number | undefined;
}

/** Tokens as text, the end token left out. */
export function textOf(
  { tokens, end }: Pick<FinishedText, "tokens" | "end">,
  codec: TextCodec | undefined,
): string | undefined {
  return codec?.decode(end === "eos" ? tokens.slice(0, -1) : tokens);
}
