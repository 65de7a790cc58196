import type { Tokenizer } from "./tokenizer.ts";
import { splitWhitespace } from "./whitespace.ts";

/**
 * International tokenisation of `mteval-v14.pl` as sacreBLEU's `intl` has it: Unicode punctuation apart unless between
 * digits, symbols always apart, no entity decoding, and no padding (a final `2010.` stays one token).
 */
export const tokenizerIntl: Tokenizer = {
  name: "intl",
  tokenize: (text) =>
    splitWhitespace(
      text
        .replace(/(\P{N})(\p{P})/gu, "$1 $2 ")
        .replace(/(\p{P})(\P{N})/gu, " $1 $2")
        .replace(/\p{S}/gu, " $& "),
    ),
};
