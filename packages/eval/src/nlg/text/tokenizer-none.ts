import type { Tokenizer } from "./tokenizer.ts";
import { splitWhitespace } from "./whitespace.ts";

/** No tokenisation: words between whitespace, for text that is already tokenised. */
export const tokenizerNone: Tokenizer = { name: "none", tokenize: splitWhitespace };
