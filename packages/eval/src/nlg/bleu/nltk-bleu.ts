import { type CorpusMetric, corpusMetric } from "../corpus-metric.ts";
import { encodeCorpus } from "../text/token-index.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { nltkWordTokenizer } from "../text/tokenizer-nltk.ts";
import { bleuStatistics, bleuSums, brevityPenalty, ngramCount } from "./bleu-statistics.ts";

/** Settings of {@link nltkBleu}; the defaults are those of WebNLG's GenerationEval. */
export interface NltkBleuOptions {
  /** Tokenisation. Default {@link nltkWordTokenizer}. */
  readonly tokenizer?: Tokenizer;
  /** `method3`: the k-th order without a match counts 1/(2^k · total). `none`: skip it. Default `method3`. */
  readonly smoothing?: "method3" | "none";
}

/**
 * BLEU-4 as `nltk.translate.bleu_score.corpus_bleu` computes it, on a scale of 0 to 1: GenerationEval's "BLEU NLTK".
 *
 * Each segment counts at least one n-gram of every order; without a common word in the corpus the score is 0.
 */
export function nltkBleu({
  tokenizer = nltkWordTokenizer(),
  smoothing = "method3",
}: NltkBleuOptions = {}): CorpusMetric {
  return corpusMetric({
    name: "BLEU",
    settings: { case: "mixed", eff: "no", tok: tokenizer.name, smooth: smoothing, like: "nltk-3.10" },
    measure: (hypotheses, references) => ({
      ...bleuStatistics(encodeCorpus(hypotheses, references, tokenizer.tokenize), {
        maxOrder: 4,
        ngrams: (length, n) => Math.max(1, ngramCount(length, n)),
      }),
      scoreOf: (sums) => {
        const { matches, totals, hypothesisLength, referenceLength } = bleuSums(sums);
        if (matches[0] === 0) return 0;
        let logs = 0;
        let halving = 1;
        for (let n = 0; n < 4; n++) {
          if (matches[n]! > 0) logs += Math.log(matches[n]! / totals[n]!);
          else if (smoothing === "method3") {
            halving *= 2;
            logs -= Math.log(halving * totals[n]!);
          }
        }
        return brevityPenalty(hypothesisLength, referenceLength) * Math.exp(logs / 4);
      },
    }),
  });
}
