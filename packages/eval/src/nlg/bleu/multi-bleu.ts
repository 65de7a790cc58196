import { type CorpusMetric, corpusMetric } from "../corpus-metric.ts";
import { encodeCorpus } from "../text/token-index.ts";
import { space13a } from "../text/tokenizer-13a.ts";
import { lowerAscii, splitAsciiWhitespace } from "../text/whitespace.ts";
import { bleuStatistics, bleuSums, brevityPenalty } from "./bleu-statistics.ts";

/** Settings of {@link multiBleu}; the default is the script's. */
export interface MultiBleuOptions {
  /** Lower-case ASCII letters (`-lc`). Default false. */
  readonly lowercase?: boolean;
}

/**
 * BLEU-4 as Moses' `multi-bleu-detok.perl` computes it, on a scale of 0 to 100: the WebNLG challenge's BLEU.
 *
 * No smoothing: an order without a match makes the score 0. The script reads bytes, so only ASCII whitespace separates
 * words and only ASCII letters are lower-cased. Reference files must have equal length, so that a missing reference
 * arrives as `""`, a real reference of length 0: pad the groups as your harness does. All hypotheses empty: 0 here,
 * where the script dies of a division by zero.
 */
export function multiBleu({ lowercase = false }: MultiBleuOptions = {}): CorpusMetric {
  return corpusMetric({
    name: "BLEU",
    settings: {
      case: lowercase ? "lc-ascii" : "mixed",
      eff: "no",
      tok: "13a",
      smooth: "none",
      like: "multi-bleu-detok",
    },
    measure: (hypotheses, references) => ({
      ...bleuStatistics(
        encodeCorpus(hypotheses, references, (text) =>
          splitAsciiWhitespace(space13a(lowercase ? lowerAscii(text) : text)),
        ),
        { maxOrder: 4 },
      ),
      scoreOf: (sums) => {
        const { matches, totals, hypothesisLength, referenceLength } = bleuSums(sums);
        if (referenceLength === 0 || matches.some((count) => count === 0)) return 0;
        const logs = matches.reduce((sum, count, n) => sum + Math.log(count / totals[n]!), 0);
        return 100 * brevityPenalty(hypothesisLength, referenceLength) * Math.exp(logs / 4);
      },
    }),
  });
}
