import { ngramCount } from "../bleu/bleu-statistics.ts";
import { type CorpusMetric, corpusMetric } from "../corpus-metric.ts";
import { encodeCorpus } from "../text/token-index.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { tokenizerNone } from "../text/tokenizer-none.ts";
import { InformationMatches, informationWeights, nistFromSums, nistOrder, orders } from "./nist-statistics.ts";

/** Settings of {@link nltkNist}. */
export interface NltkNistOptions {
  /** Tokenisation; nltk leaves it to the caller. Default {@link tokenizerNone}. */
  readonly tokenizer?: Tokenizer;
}

/**
 * NIST-5 as `nltk.translate.nist_score.corpus_nist` computes it.
 *
 * Differs from mteval and pymteval: for each n-gram order a segment is matched against the one reference that gives the
 * best precision (no clipping over all references), and that reference's length is what the order adds to the length
 * penalty. An order without any hypothesis n-gram adds nothing here; nltk stops with a division by zero.
 */
export function nltkNist({ tokenizer = tokenizerNone }: NltkNistOptions = {}): CorpusMetric {
  return corpusMetric({
    name: "NIST",
    settings: { case: "mixed", n: nistOrder, tok: tokenizer.name, like: "nltk-3.10" },
    measure: (hypotheses, references) => {
      const corpus = encodeCorpus(hypotheses, references, tokenizer.tokenize);
      const matches = new InformationMatches(informationWeights(corpus));
      const width = 12;
      const rows = new Float64Array(hypotheses.length * width);
      corpus.hypotheses.forEach((hypothesis, i) => {
        const row = rows.subarray(i * width, (i + 1) * width);
        const group = corpus.references[i]!;
        const information = group.map((reference) => {
          const sums = new Float64Array(5);
          matches.add(hypothesis, [reference], sums, 0);
          return sums;
        });
        for (const n of orders) {
          // Best precision, then the longer reference: within one hypothesis the denominators are equal.
          let best = 0;
          for (let r = 1; r < group.length; r++) {
            const gain = information[r]![n]! - information[best]![n]!;
            if (gain > 0 || (gain === 0 && group[r]!.length > group[best]!.length)) best = r;
          }
          row[n] = information[best]![n]!;
          row[5 + n] = ngramCount(hypothesis.length, n + 1);
          row[10]! += hypothesis.length;
          row[11]! += group[best]!.length;
        }
      });
      return {
        rows,
        width,
        scoreOf: (sums) => nistFromSums(sums, sums[10]! / sums[11]!).score,
        detailsOf: (sums) => nistFromSums(sums, sums[10]! / sums[11]!).details,
      };
    },
  });
}
