import { type CorpusMetric, corpusMetric } from "../corpus-metric.ts";
import { encodeCorpus } from "../text/token-index.ts";
import { type MtevalTextOptions, mtevalTokenizer } from "../text/tokenizer-mteval.ts";
import { bleuStatistics, bleuSums, brevityPenalty, closestLength } from "./bleu-statistics.ts";

/** Settings of {@link mtevalBleu}; the defaults are the script's. */
export interface MtevalBleuOptions extends MtevalTextOptions {
  /** Smooth orders without a match. Default true; false is the script's `--no-smoothing`. */
  readonly smoothing?: boolean;
}

/**
 * BLEU-4 as `mteval-v13a.pl` (and e2e-metrics' `mteval-v13a-sig.pl`) computes it, on a scale of 0 to 1.
 *
 * Differs from {@link bleu}: ASCII lower-casing by default; an order that no hypothesis is long enough for counts as
 * precision 1; no early stop when nothing matches; an empty reference is ignored for the length unless it comes first.
 */
export function mtevalBleu(options: MtevalBleuOptions = {}): CorpusMetric {
  const { smoothing = true } = options;
  const tokenizer = mtevalTokenizer(options);
  return corpusMetric({
    name: "BLEU",
    settings: {
      case: options.caseSensitive ? "mixed" : "lc-ascii",
      eff: "no",
      tok: tokenizer.name,
      smooth: smoothing ? "exp" : "none",
      like: "mteval-v13a",
    },
    measure: (hypotheses, references) => ({
      ...bleuStatistics(encodeCorpus(hypotheses, references, tokenizer.tokenize), {
        maxOrder: 4,
        referenceLength: (length, group) => {
          const filled = group.filter((reference, i) => i === 0 || reference.length > 0);
          return closestLength(length, filled);
        },
      }),
      scoreOf: (sums) => {
        const { matches, totals, hypothesisLength, referenceLength } = bleuSums(sums);
        if (hypothesisLength === 0) return 0;
        let logs = 0;
        let halving = 1;
        let skipped = false;
        for (let n = 0; n < 4; n++) {
          skipped = false;
          if (totals[n] === 0) continue;
          if (matches[n]! > 0) logs += Math.log(matches[n]! / totals[n]!);
          else if (smoothing) {
            halving *= 2;
            logs -= Math.log(halving * totals[n]!);
          } else skipped = true;
        }
        return skipped ? 0 : brevityPenalty(hypothesisLength, referenceLength) * Math.exp(logs / 4);
      },
    }),
  });
}
