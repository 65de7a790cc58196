import type { Tokenizer } from "./tokenizer.ts";
import { spacePunctuation } from "./tokenizer-13a.ts";
import { splitWhitespace, stripEnd } from "./whitespace.ts";

/** How TER reads a text; the defaults are sacreBLEU's. */
export interface TercomTextOptions {
  /** Split punctuation as mteval does, and `'s`. Default false: words between whitespace. */
  readonly normalized?: boolean;
  /** Delete `. , ? : ; ! " ( )`. Default false. */
  readonly noPunctuation?: boolean;
  /** Keep the case. Default false: lower-cased. */
  readonly caseSensitive?: boolean;
}

/** sacreBLEU's `tercom` tokeniser, Western part. It joins lines at `\n-`, where tercom itself joins at `-\n`. */
export function tokenizerTercom(options: TercomTextOptions = {}): Tokenizer {
  const { normalized = false, noPunctuation = false, caseSensitive = false } = options;
  return {
    name: "tercom",
    tokenize: (text) => {
      let line = stripEnd(text);
      if (!caseSensitive) line = line.toLowerCase();
      if (normalized) line = normalize(line);
      if (noPunctuation) line = line.replace(/[.,?:;!"()]/g, "");
      return splitWhitespace(line);
    },
  };
}

function normalize(line: string): string {
  if (line === "") return line;
  const decoded = line
    .replaceAll("\n-", "")
    .replaceAll("\n", " ")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">");
  return spacePunctuation(` ${decoded} `, (spaced) => spaced.replaceAll("'s ", " 's "));
}
