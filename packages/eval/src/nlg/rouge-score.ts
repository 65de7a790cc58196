import { type CorpusMetric, corpusMetric } from "./corpus-metric.ts";
import { clippedMatches } from "./text/clipped-matches.ts";
import { longestCommonSubsequence } from "./text/longest-common-subsequence.ts";
import { stemPorter } from "./text/porter-stemmer.ts";
import { memoize, TokenIndex } from "./text/token-index.ts";
import { unionSubsequenceHits } from "./text/union-subsequence.ts";

/** What {@link rougeScore} counts. */
export type RougeType = "rouge1" | "rouge2" | "rougeL" | "rougeLsum";

/** Settings of {@link rougeScore}. */
export interface RougeScoreOptions {
  /** Default `rougeL`. */
  readonly type?: RougeType;
  /** Stem words longer than three letters (Porter, NLTK's form). Default false. */
  readonly useStemmer?: boolean;
}

/**
 * ROUGE as google-research's `rouge_score` package computes it, on a scale of 0 to 1 (Lin 2004).
 *
 * Texts are lower-cased and cut at everything but `a-z0-9` (so `Café` becomes `caf`). The score is F1 against the
 * reference with the best F1, and the corpus score is the mean; `rouge_score` itself reports the median of resampled
 * means, which is random. `rougeLsum` takes lines for sentences and unites their subsequences. Details: mean
 * `precision` and `recall` of the chosen references.
 */
export function rougeScore({ type = "rougeL", useStemmer = false }: RougeScoreOptions = {}): CorpusMetric {
  return corpusMetric({
    name: type,
    settings: { stem: useStemmer ? "porter-nltk" : "no", tok: "a-z0-9", agg: "mean", like: "rouge_score-0.1.2" },
    measure: (hypotheses, references) => {
      const index = new TokenIndex();
      const encode = memoize((text: string) => index.encode(rougeTokens(text, useStemmer)));
      const encodeLines = memoize((text: string) =>
        text
          .split("\n")
          .filter((line) => line !== "")
          .map(encode),
      );
      const hits = hitCounter(type, encode, encodeLines);
      const rows = new Float64Array(hypotheses.length * 4);
      hypotheses.forEach((hypothesis, i) => {
        let best = { precision: 0, recall: 0, f: -1 };
        for (const reference of references[i]!) {
          const { common, own, other } = hits(hypothesis, reference);
          const precision = common / (own || 1);
          const recall = common / (other || 1);
          const f = common > 0 ? (2 * precision * recall) / (precision + recall) : 0;
          if (f > best.f) best = { precision, recall, f };
        }
        rows.set([best.f, best.precision, best.recall, 1], 4 * i);
      });
      return {
        rows,
        width: 4,
        scoreOf: (sums) => sums[0]! / sums[3]!,
        detailsOf: (sums) => ({ precision: sums[1]! / sums[3]!, recall: sums[2]! / sums[3]! }),
      };
    },
  });
}

/** `rouge_score`'s tokens of a text. */
export function rougeTokens(text: string, useStemmer: boolean): string[] {
  const tokens = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return useStemmer ? tokens.map((token) => (token.length > 3 ? stemPorter(token) : token)) : tokens;
}

interface Hits {
  readonly common: number;
  readonly own: number;
  readonly other: number;
}

function hitCounter(
  type: RougeType,
  encode: (text: string) => Int32Array,
  encodeLines: (text: string) => readonly Int32Array[],
): (hypothesis: string, reference: string) => Hits {
  const length = (lines: readonly Int32Array[]) => lines.reduce((sum, line) => sum + line.length, 0);
  if (type === "rougeLsum") {
    return (hypothesis, reference) => {
      const own = encodeLines(hypothesis);
      const other = encodeLines(reference);
      return { common: unionSubsequenceHits(other, own), own: length(own), other: length(other) };
    };
  }
  if (type === "rougeL") {
    return (hypothesis, reference) => {
      const own = encode(hypothesis);
      const other = encode(reference);
      return { common: longestCommonSubsequence(own, other), own: own.length, other: other.length };
    };
  }
  const order = type === "rouge1" ? 1 : 2;
  const countMatches = clippedMatches(order);
  return (hypothesis, reference) => {
    const own = encode(hypothesis);
    const other = encode(reference);
    const common = new Float64Array(order);
    countMatches(own, [other], common, 0);
    return {
      common: common[order - 1]!,
      own: Math.max(0, own.length - order + 1),
      other: Math.max(0, other.length - order + 1),
    };
  };
}
