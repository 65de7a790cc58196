import type { Tokenizer } from "./tokenizer.ts";
import { splitWhitespace } from "./whitespace.ts";

/**
 * Language-independent and Western part of mteval-v13a's tokenisation, short of the final split.
 *
 * Decodes four entities in the script's order (so `&amp;lt;` becomes `<`), then sets ASCII punctuation apart. Each rule
 * is one left-to-right pass over non-overlapping matches.
 */
export function space13a(text: string): string {
  let line = text.replaceAll("<skipped>", "").replaceAll("-\n", "").replaceAll("\n", " ");
  if (line.includes("&")) {
    line = line.replaceAll("&quot;", '"').replaceAll("&amp;", "&").replaceAll("&lt;", "<").replaceAll("&gt;", ">");
  }
  return spacePunctuation(` ${line} `);
}

/**
 * Sets ASCII punctuation apart, keeping `.` and `,` inside numbers; `'` and `-` after a letter stay attached.
 *
 * @param afterSymbols Rewrites the line between the first rule and those for `.`, `,` and `-`.
 */
export function spacePunctuation(line: string, afterSymbols: (line: string) => string = (same) => same): string {
  return afterSymbols(line.replace(/[{-~[-` -&(-+:-@/]/g, " $& "))
    .replace(/([^0-9])([.,])/gu, "$1 $2 ")
    .replace(/([.,])([^0-9])/gu, " $1 $2")
    .replace(/([0-9])(-)/g, "$1 $2 ");
}

/**
 * Tokenisation of NIST's `mteval-v13a.pl`, as in sacreBLEU's default `13a` and in multi-bleu-detok.
 *
 * @example
 * ```ts
 * import { tokenizer13a } from "@dylora/eval/nlg";
 *
 * console.log(tokenizer13a.tokenize("It costs £30.50, isn't it?").join(" ")); // It costs £30.50 , isn't it ?
 * ```
 */
export const tokenizer13a: Tokenizer = { name: "13a", tokenize: (text) => splitWhitespace(space13a(text)) };
