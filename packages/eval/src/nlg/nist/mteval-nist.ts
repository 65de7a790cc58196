import { ngramCount } from "../bleu/bleu-statistics.ts";
import { type CorpusMetric, corpusMetric } from "../corpus-metric.ts";
import { encodeCorpus } from "../text/token-index.ts";
import { type MtevalTextOptions, mtevalTokenizer } from "../text/tokenizer-mteval.ts";
import { InformationMatches, informationWeights, nistFromSums, nistOrder, orders } from "./nist-statistics.ts";

/**
 * NIST-5 as `mteval-v13a.pl` (and e2e-metrics' `mteval-v13a-sig.pl`) computes it (Doddington 2002).
 *
 * Differs from {@link pymtevalNist} when instances have different numbers of references (here the average length is
 * over all non-empty references at once), when an n-gram order is missing, and by a quirk of the script: a history of
 * the single token `0` counts as none, since the string "0" is false in Perl.
 *
 * Weights come from the whole test set, also when segments are resampled. Details: `information` and `ngrams` for each
 * order, `penalty`.
 */
export function mtevalNist(options: MtevalTextOptions = {}): CorpusMetric {
  const tokenizer = mtevalTokenizer(options);
  return corpusMetric({
    name: "NIST",
    settings: {
      case: options.caseSensitive ? "mixed" : "lc-ascii",
      n: nistOrder,
      tok: tokenizer.name,
      like: "mteval-v13a",
    },
    measure: (hypotheses, references) => {
      const corpus = encodeCorpus(hypotheses, references, tokenizer.tokenize);
      const zero = corpus.index.find("0");
      const matches = new InformationMatches(informationWeights(corpus, (token) => token === zero));
      const width = 13;
      const rows = new Float64Array(hypotheses.length * width);
      corpus.hypotheses.forEach((hypothesis, i) => {
        const start = i * width;
        const group = corpus.references[i]!;
        matches.add(hypothesis, group, rows, start);
        for (const n of orders) rows[start + 5 + n] = ngramCount(hypothesis.length, n + 1);
        rows[start + 10] = group.reduce((sum, reference) => sum + reference.length, 0);
        rows[start + 11] = group.filter((reference) => reference.length > 0).length;
        rows[start + 12] = 1;
      });
      return {
        rows,
        width,
        scoreOf: (sums) => nistFromSums(sums, lengthRatio(sums)).score,
        detailsOf: (sums) => nistFromSums(sums, lengthRatio(sums)).details,
      };
    },
  });
}

/** Hypothesis words over reference words, these divided by the mean number of non-empty references. */
function lengthRatio(sums: Float64Array): number {
  return sums[5]! / ((sums[10]! * sums[12]!) / sums[11]!);
}
