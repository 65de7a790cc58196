import { type CorpusMetric, corpusMetric } from "./corpus-metric.ts";
import { longestCommonSubsequence } from "./text/longest-common-subsequence.ts";
import { encodeCorpus } from "./text/token-index.ts";
import type { Tokenizer } from "./text/tokenizer.ts";
import { tokenizerPtb } from "./text/tokenizer-ptb.ts";

/** Settings of {@link rougeL}. */
export interface RougeLOptions {
  /** Tokenisation. Default {@link tokenizerPtb}, as e2e-metrics applies. */
  readonly tokenizer?: Tokenizer;
  /** Weight of recall against precision. Default 1.2. */
  readonly beta?: number;
}

/**
 * ROUGE-L as coco-caption (and e2e-metrics) computes it, on a scale of 0 to 1 (Lin 2004, equation 4).
 *
 * Precision and recall of the longest common subsequence are each the best over the references, and may come from
 * different ones; F = (1 + β²)PR/(R + β²P); the corpus score is the mean over segments. A blank text is one empty token,
 * so two blank texts score 1.
 *
 * Not the ROUGE of summarisation papers: see {@link rougeScore}.
 */
export function rougeL({ tokenizer = tokenizerPtb, beta = 1.2 }: RougeLOptions = {}): CorpusMetric {
  return corpusMetric({
    name: "ROUGE_L",
    settings: { beta, tok: tokenizer.name, like: "coco-caption" },
    measure: (hypotheses, references) => {
      const corpus = encodeCorpus(hypotheses, references, (text) => {
        const tokens = tokenizer.tokenize(text);
        return tokens.length === 0 ? [""] : tokens;
      });
      const rows = new Float64Array(hypotheses.length * 2);
      corpus.hypotheses.forEach((hypothesis, i) => {
        let precision = 0;
        let recall = 0;
        for (const reference of corpus.references[i]!) {
          const common = longestCommonSubsequence(hypothesis, reference);
          precision = Math.max(precision, common / hypothesis.length);
          recall = Math.max(recall, common / reference.length);
        }
        const weight = beta * beta;
        rows[2 * i] =
          precision > 0 && recall > 0 ? ((1 + weight) * precision * recall) / (recall + weight * precision) : 0;
        rows[2 * i + 1] = 1;
      });
      return { rows, width: 2, scoreOf: (sums) => sums[0]! / sums[1]! };
    },
  });
}
