import { ConfigError } from "@dylora/errors";

/** Which text gives up tokens when a pair is too long: the longer one, only the first, or only the second. */
export type TruncationStrategy = "longest_first" | "only_first" | "only_second";

/**
 * The longer text is cut down to the length of the shorter, then both to half the room. Where the room is odd, the text
 * that was longer keeps the extra token, the second one where both were equally long. (Hugging Face's slow Python
 * tokenizers instead gave it to the first in every case.)
 */
function longestFirst([first, second]: readonly [number, number], room: number): [number, number] {
  const shorter = Math.min(first, second);
  let short = shorter;
  let long = shorter > room ? shorter : Math.max(shorter, room - shorter);
  if (short + long > room) {
    short = Math.floor(room / 2);
    long = short + (room % 2);
  }
  return first > second ? [long, short] : [short, long];
}

/**
 * How many tokens each text of a pair keeps so that both fit into `room`, as Hugging Face's Rust tokenizers (the fast
 * ones of transformers) decide it; golden files hold this to them. One difference: since version 0.23 their `encode`
 * stops once a text alone has `maxLength` tokens, and so may hand the odd token to the other text where both texts are
 * longer than that.
 *
 * @param lengths tokens of both texts, special tokens not counted
 * @param room tokens there is room for, special tokens not counted
 * @returns Tokens kept from the start of each text.
 * @throws ConfigError `cannot_truncate` when the one text that may be cut would lose all its tokens and more.
 */
export function truncatePair(
  lengths: readonly [first: number, second: number],
  room: number,
  strategy: TruncationStrategy,
): readonly [first: number, second: number] {
  const excess = lengths[0] + lengths[1] - room;
  if (excess <= 0) return lengths;
  if (room === 0) return [0, 0];
  if (strategy === "longest_first") return longestFirst(lengths, room);
  const cut = strategy === "only_first" ? 0 : 1;
  if (lengths[cut] <= excess) {
    const found = `the ${cut === 0 ? "first" : "second"} text has ${lengths[cut]} tokens and ${excess} must go`;
    throw new ConfigError("cannot_truncate", `${found}; use "longest_first" or a larger maxLength`);
  }
  return cut === 0 ? [lengths[0] - excess, lengths[1]] : [lengths[0], lengths[1] - excess];
}
