import type { Tokenizer } from "./tokenizer.ts";
import { tokenizer13a } from "./tokenizer-13a.ts";
import { tokenizerIntl } from "./tokenizer-intl.ts";
import { lowerAscii } from "./whitespace.ts";

/** How `mteval-v13a.pl` reads a text; the defaults are the script's. */
export interface MtevalTextOptions {
  /** Keep the case (`-c`). Default false: ASCII letters are lower-cased, others are not. */
  readonly caseSensitive?: boolean;
  /** `--international-tokenization`: Unicode punctuation, entities decoded (`&apos;` too), Unicode lower case. */
  readonly international?: boolean;
}

/** The script's tokeniser with its lower-casing. */
export function mtevalTokenizer({ caseSensitive = false, international = false }: MtevalTextOptions): Tokenizer {
  if (!international) {
    return {
      name: "13a",
      tokenize: (text) => tokenizer13a.tokenize(caseSensitive ? text : lowerAscii(text)),
    };
  }
  return {
    name: "intl-entities",
    tokenize: (text) => {
      const decoded = decodeEntities(text);
      return tokenizerIntl.tokenize(caseSensitive ? decoded : decoded.toLowerCase());
    },
  };
}

function decodeEntities(text: string): string {
  return text
    .replaceAll("<skipped>", "")
    .replaceAll(/\p{Zl}\p{Zp}/gu, " ")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&apos;", "'");
}
