import type { Tokenizer } from "./tokenizer.ts";
import { space, splitWhitespace } from "./whitespace.ts";

/** Settings of {@link nltkWordTokenizer}. */
export interface NltkWordTokenizerOptions {
  /**
   * Splits a text into sentences first, as `nltk.word_tokenize` does with the trained Punkt model. Default none, which is
   * `preserve_line=True`: only the last full stop of a text is set apart. Text whose punctuation already stands apart
   * (as microsoft/LoRA writes it) needs none.
   */
  readonly splitSentences?: (text: string) => readonly string[];
}

/** Word character of Python's `re` without the sign for "not preceded by": used in look-arounds. */
const word = "[\\p{L}\\p{N}_]";

/** The letter i of any case as Python's `re` has it: Turkish ones too, where JavaScript's `i` flag has not. */
const i = "[iİı]";

const rules: readonly (readonly [RegExp, string])[] = [
  [/[«“‘„]|`+/gu, " $& "],
  [/^"/u, "``"],
  [/``/gu, " `` "],
  [/([ ([{<])("|'{2})/gu, "$1 `` "],
  [new RegExp(`(?<!${word})'(?!(?:re|ve|ll|m|t|s|d|n)(?!${word}))(?=${word})`, "giu"), "' "],
  [new RegExp(`([^.])(\\.)([\\])}>"'»”’ ]*)[${space}]*$`, "u"), "$1 $2 $3 "],
  [/([:,])([^\p{Nd}])/gu, " $1 $2"],
  [/([:,])$/u, " $1 "],
  [/\.{2,}/gu, " $& "],
  [/[;@#$%&]/gu, " $& "],
  [/[\u2012-\u2015]/gu, " $& "],
  [new RegExp(`([^.])(\\.)([\\])}>"']*)[${space}]*$`, "u"), "$1 $2$3 "],
  [/[?!]/gu, " $& "],
  [/([^'])' /gu, "$1 ' "],
  [/\*/gu, " * "],
  [/[\][(){}<>]/gu, " $& "],
  [/--/gu, " -- "],
];

const endings: readonly (readonly [RegExp, string])[] = [
  [/[»”’]/gu, " $& "],
  [/''/gu, " '' "],
  [/"/gu, " '' "],
  [new RegExp(`[${space}]+`, "gu"), " "],
  [/([^' ])('[sSmMdD]|') /gu, "$1 $2 "],
  [/([^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) /gu, "$1 $2 "],
  ...["can|not", "d|'ye", `g${i}m|me`, "gon|na", "got|ta", "lem|me", "more|'n"].map((pair) => {
    const [left, right] = pair.split("|");
    return [new RegExp(`(?<!${word})(${left})(${right})(?!${word})`, "giu"), " $1 $2 "] as const;
  }),
  [new RegExp(`(?<!${word})(wan)(na)(?=[${space}])`, "giu"), " $1 $2 "],
  [new RegExp(` ('t)(${i}s|was)(?!${word})`, "giu"), " $1 $2 "],
];

/**
 * `nltk.tokenize.NLTKWordTokenizer`, which `nltk.word_tokenize` applies to each sentence.
 *
 * @example
 * ```ts
 * import { nltkWordTokenizer } from "@dylora/eval/nlg";
 *
 * console.log(nltkWordTokenizer().tokenize("It isn't cheap.").join(" ")); // It is n't cheap .
 * ```
 */
export function nltkWordTokenizer({ splitSentences }: NltkWordTokenizerOptions = {}): Tokenizer {
  return {
    name: splitSentences === undefined ? "nltk-words" : "nltk-words-sentences",
    tokenize:
      splitSentences === undefined ? tokenizeSentence : (text) => splitSentences(text).flatMap(tokenizeSentence),
  };
}

function tokenizeSentence(sentence: string): string[] {
  const apply = (text: string, list: typeof rules) =>
    list.reduce((line, [pattern, replacement]) => line.replace(pattern, replacement), text);
  return splitWhitespace(apply(` ${apply(sentence, rules)} `, endings));
}
