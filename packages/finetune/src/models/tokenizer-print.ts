import { createHash } from "node:crypto";
import type { Tokenizer } from "@dylora/data";

/** Texts in which tokenizers differ: the first word, case, spaces, accents, signs, digits, special tokens, pairs. */
const probes: readonly (readonly [text: string, pair?: string])[] = [
  ["Hello World, it's  10 £ — naïve\tcafé\n2026"],
  ["hello", "world"],
  ["<s>a</s> <mask> [MASK] <pad> <unk> <|endoftext|> b"],
  ["日本 😀 ½ e\u0301 \u200b\ufeff x_y z-w U.S."],
];

/**
 * A short print of how a tokenizer splits texts: two that split alike have the same. Records hold it, so that a run or an
 * export can tell another tokenizer from that of its training.
 */
export function tokenizerPrint(tokenizer: Pick<Tokenizer, "encode">): string {
  const ids = probes.map(([text, pair]) => {
    try {
      return [...tokenizer.encode(text, pair)];
    } catch {
      // A vocabulary that lacks a character is a fact like any other.
      return "none";
    }
  });
  return createHash("sha256").update(JSON.stringify(ids)).digest("hex").slice(0, 16);
}
