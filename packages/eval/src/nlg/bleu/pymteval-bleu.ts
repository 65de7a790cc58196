import { type CorpusMetric, corpusMetric } from "../corpus-metric.ts";
import { encodeCorpus } from "../text/token-index.ts";
import { type PymtevalTextOptions, pymtevalTokenizer } from "../text/tokenizer-pymteval.ts";
import { bleuStatistics, bleuSums } from "./bleu-statistics.ts";

/** Settings of {@link pymtevalBleu}; the defaults are those of e2e-metrics. */
export interface PymtevalBleuOptions extends PymtevalTextOptions {
  /** Constant added to matches and counts of every order. Default 0; 1 is sentence BLEU. */
  readonly smoothing?: number;
}

/**
 * BLEU-4 as e2e-metrics' `pymteval.py` computes it, on a scale of 0 to 1: what `measure_scores.py -p` prints.
 *
 * Differs from {@link mtevalBleu} as soon as a hypothesis has fewer than 4 tokens or an order has no match: its count of
 * n-grams is length − n + 1 even when negative, an empty text is one empty token, zero matches count as 1e-15.
 */
export function pymtevalBleu(options: PymtevalBleuOptions = {}): CorpusMetric {
  const { smoothing = 0 } = options;
  const tokenizer = pymtevalTokenizer(options);
  return corpusMetric({
    name: "BLEU",
    settings: {
      case: options.caseSensitive ? "mixed" : "lc",
      eff: "no",
      tok: tokenizer.name,
      smooth: smoothing === 0 ? "tiny" : `add[${smoothing.toFixed(2)}]`,
      like: "pymteval",
    },
    measure: (hypotheses, references) => ({
      ...bleuStatistics(encodeCorpus(hypotheses, references, tokenizer.tokenize), {
        maxOrder: 4,
        ngrams: (length, n) => length - n + 1,
      }),
      scoreOf: (sums) => {
        const { matches, totals, hypothesisLength, referenceLength } = bleuSums(sums);
        const logs = matches.reduce(
          (sum, count, n) =>
            sum + Math.log(Math.max(count + smoothing, 1e-15) / Math.max(totals[n]! + smoothing, 1e-9)),
          0,
        );
        const penalty =
          hypothesisLength <= referenceLength ? Math.exp(1 - referenceLength / (hypothesisLength || 1e-5)) : 1;
        return penalty * Math.exp(logs / 4);
      },
    }),
  });
}
