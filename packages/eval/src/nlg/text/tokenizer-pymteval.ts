import type { Tokenizer } from "./tokenizer.ts";
import { tokenizer13a } from "./tokenizer-13a.ts";

/** How `pymteval.py` reads a text; the default is e2e-metrics'. */
export interface PymtevalTextOptions {
  /** Keep the case. Default false: tokens are lower-cased (Unicode). */
  readonly caseSensitive?: boolean;
}

/** pymteval's tokeniser: 13a, then lower case; a blank text is one empty token. */
export function pymtevalTokenizer({ caseSensitive = false }: PymtevalTextOptions): Tokenizer {
  return {
    name: "13a",
    tokenize: (text) => {
      const tokens = tokenizer13a.tokenize(text);
      if (tokens.length === 0) return [""];
      return caseSensitive ? tokens : tokens.map((token) => token.toLowerCase());
    },
  };
}
