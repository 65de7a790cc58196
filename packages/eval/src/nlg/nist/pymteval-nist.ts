import { type CorpusMetric, corpusMetric } from "../corpus-metric.ts";
import { encodeCorpus } from "../text/token-index.ts";
import { type PymtevalTextOptions, pymtevalTokenizer } from "../text/tokenizer-pymteval.ts";
import { InformationMatches, informationWeights, nistFromSums, nistOrder, orders } from "./nist-statistics.ts";

/**
 * NIST-5 as e2e-metrics' `pymteval.py` computes it: what `measure_scores.py -p` prints.
 *
 * The reference length is the sum over segments of their mean reference length; a hypothesis of length c counts
 * c − n + 1 n-grams even when that is negative. An order whose counts sum to 0 adds nothing here; the script stops with
 * a division by zero. Details: `information` and `ngrams` for each order, `penalty`.
 */
export function pymtevalNist(options: PymtevalTextOptions = {}): CorpusMetric {
  const tokenizer = pymtevalTokenizer(options);
  return corpusMetric({
    name: "NIST",
    settings: { case: options.caseSensitive ? "mixed" : "lc", n: nistOrder, tok: tokenizer.name, like: "pymteval" },
    measure: (hypotheses, references) => {
      const corpus = encodeCorpus(hypotheses, references, tokenizer.tokenize);
      const matches = new InformationMatches(informationWeights(corpus));
      const width = 11;
      const rows = new Float64Array(hypotheses.length * width);
      corpus.hypotheses.forEach((hypothesis, i) => {
        const start = i * width;
        const group = corpus.references[i]!;
        matches.add(hypothesis, group, rows, start);
        for (const n of orders) rows[start + 5 + n] = hypothesis.length - n;
        rows[start + 10] = group.reduce((sum, reference) => sum + reference.length, 0) / group.length;
      });
      return {
        rows,
        width,
        scoreOf: (sums) => nistFromSums(sums, sums[5]! / sums[10]!).score,
        detailsOf: (sums) => nistFromSums(sums, sums[5]! / sums[10]!).details,
      };
    },
  });
}
