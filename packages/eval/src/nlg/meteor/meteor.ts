import { type CorpusMetric, corpusMetric } from "../corpus-metric.ts";
import { stemEnglish } from "../text/english-stemmer.ts";
import { memoize, TokenIndex } from "../text/token-index.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { splitAsciiWhitespace } from "../text/whitespace.ts";
import { alignMeteor } from "./align.ts";
import { functionWords } from "./function-words.ts";
import { exactMatches, type MeteorText, paraphraseMatches, stemMatches, synonymMatches } from "./matches.ts";
import { type NonbreakingPrefixes, normalizeMeteor } from "./normalize.ts";
import { type MeteorParameters, type MeteorTask, meteorModules, meteorTasks } from "./parameters.ts";
import type { ParaphraseSource } from "./paraphrases.ts";
import { meteorFromSums, meteorStatistics, meteorWidth } from "./statistics.ts";
import type { SynonymSource } from "./synonyms.ts";

/** Settings of {@link meteor}. */
export interface MeteorOptions {
  /** Synonyms ({@link meteorSynonyms} or {@link wordNetSynonyms}). Default none: the module does not run. */
  readonly synonyms?: SynonymSource;
  /** Paraphrases ({@link paraphraseTable}). Default none: the module does not run. */
  readonly paraphrases?: ParaphraseSource;
  /** Tuned parameters by name, or your own. Default `rank`. */
  readonly parameters?: MeteorTask | MeteorParameters;
  /** Normalise texts as `-norm` does. Default true; false only lower-cases and splits at blanks. */
  readonly normalize?: boolean;
  /** Abbreviations for the normaliser ({@link parseNonbreakingPrefixes}). Default English ones. */
  readonly prefixes?: NonbreakingPrefixes;
  /** Tokenisation before normalisation, its tokens joined by blanks. Default none. */
  readonly tokenizer?: Tokenizer;
}

/**
 * METEOR 1.5 for English, on a scale of 0 to 1 (Denkowski and Lavie 2014, "Meteor Universal").
 *
 * Words match exactly, by Snowball stem, by WordNet synset and by a paraphrase table; the last two run only when their
 * data are given, and the signature says which ran: scores of different sets of modules do not compare. Of several
 * references the one with the best segment score counts; the corpus score comes from the summed statistics. Details:
 * `precision`, `recall`, `penalty`, `chunks`.
 *
 * Not nltk's `meteor_score`, which is the METEOR of 2007.
 *
 * @example
 * ```ts
 * import { meteor } from "@dylora/eval/nlg";
 *
 * const { score, signature } = meteor().compute(["on the mat sat the cat"], [["the cat sat on the mat"]]);
 * console.log(score.toFixed(6), signature); // 0.477670
 * ```
 */
export function meteor(options: MeteorOptions = {}): CorpusMetric {
  const { synonyms, paraphrases, normalize = true, prefixes, tokenizer } = options;
  const { parameters: choice = "rank" } = options;
  const parameters = typeof choice === "string" ? meteorTasks[choice] : choice;
  const { alpha, beta, gamma, delta, weights } = parameters;
  const runs = [true, true, synonyms !== undefined, paraphrases !== undefined];
  const finders = [
    exactMatches(0),
    stemMatches(1),
    ...(synonyms === undefined ? [] : [synonymMatches(2)]),
    ...(paraphrases === undefined ? [] : [paraphraseMatches(3, paraphrases)]),
  ];
  return corpusMetric({
    name: "METEOR",
    settings: {
      lang: "en",
      tok: tokenizer?.name ?? "none",
      norm: normalize ? "yes" : "lc",
      task: typeof choice === "string" ? choice : "custom",
      params: [alpha, beta, gamma, delta].join("_"),
      modules: meteorModules
        .filter((_, m) => runs[m])
        .map((name) => name.slice(0, 2))
        .join("_"),
      weights: weights.filter((_, m) => runs[m]).join("_"),
      syn: synonyms?.name ?? "none",
      par: paraphrases?.name ?? "none",
      like: "meteor-1.5",
    },
    measure: (hypotheses, references) => {
      const read = textReader(synonyms, (text) => {
        const tokens = tokenizer === undefined ? text : tokenizer.tokenize(text).join(" ");
        return splitAsciiWhitespace((normalize ? normalizeMeteor(tokens, prefixes) : tokens).toLowerCase());
      });
      const rows = new Float64Array(hypotheses.length * meteorWidth);
      hypotheses.forEach((text, i) => {
        const hypothesis = read(text);
        let best = -1;
        for (const other of references[i]!) {
          const reference = read(other);
          const row = meteorStatistics(hypothesis, reference, alignMeteor(hypothesis, reference, finders));
          const { score } = meteorFromSums(row, parameters);
          if (score <= best) continue;
          best = score;
          rows.set(row, i * meteorWidth);
        }
      });
      return {
        rows,
        width: meteorWidth,
        scoreOf: (sums) => meteorFromSums(sums, parameters).score,
        detailsOf: (sums) => {
          const { precision, recall, penalty } = meteorFromSums(sums, parameters);
          return { precision, recall, penalty, chunks: sums[20]! };
        },
      };
    },
  });
}

/** Prepares each distinct text once. */
function textReader(
  synonyms: SynonymSource | undefined,
  wordsOf: (text: string) => readonly string[],
): (text: string) => MeteorText {
  const index = new TokenIndex();
  const stems = new TokenIndex();
  const stem = memoize(stemEnglish);
  return memoize((text) => {
    const words = wordsOf(text);
    return {
      words,
      ids: index.encode(words),
      stems: stems.encode(words.map(stem)),
      synsets: words.map((word) => synonyms?.synsets(word)),
      isFunction: Uint8Array.from(words, (word) => (functionWords.has(word) ? 1 : 0)),
    };
  });
}
