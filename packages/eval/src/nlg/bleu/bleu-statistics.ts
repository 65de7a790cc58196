import { clippedMatches } from "../text/clipped-matches.ts";
import type { EncodedCorpus } from "../text/token-index.ts";

/** Column layout of a BLEU row: lengths, then clipped matches, then n-gram counts, orders 1..maxOrder each. */
export interface BleuStatistics {
  /** Row-major `[segments, 2 + 2 · maxOrder]`. */
  readonly rows: Float64Array;
  /** 2 + 2 · maxOrder. */
  readonly width: number;
}

/** The parts of a BLEU score that its variants combine. */
export interface BleuSums {
  /** Hypothesis tokens. */
  readonly hypothesisLength: number;
  /** Tokens of the closest references. */
  readonly referenceLength: number;
  /** Clipped matches `[maxOrder]`. */
  readonly matches: Float64Array;
  /** N-grams of the hypotheses `[maxOrder]`. */
  readonly totals: Float64Array;
}

/** How a variant counts the two lengths that BLEU compares and the n-grams it divides by. */
export interface BleuCounting {
  /** Largest n-gram length. */
  readonly maxOrder: number;
  /** Reference length of a segment. Default {@link closestLength}. */
  readonly referenceLength?: (hypothesisLength: number, references: readonly Int32Array[]) => number;
  /** N-grams of order n in a hypothesis of that length. Default max(0, length − n + 1). */
  readonly ngrams?: (length: number, n: number) => number;
}

/** Reduces a corpus to one BLEU row per segment. */
export function bleuStatistics(corpus: EncodedCorpus, counting: BleuCounting): BleuStatistics {
  const { maxOrder, referenceLength = closestLength, ngrams = ngramCount } = counting;
  const width = 2 + 2 * maxOrder;
  const rows = new Float64Array(corpus.hypotheses.length * width);
  const countMatches = clippedMatches(maxOrder);
  corpus.hypotheses.forEach((hypothesis, i) => {
    const references = corpus.references[i]!;
    const start = i * width;
    rows[start] = hypothesis.length;
    rows[start + 1] = referenceLength(hypothesis.length, references);
    countMatches(hypothesis, references, rows, start + 2);
    for (let n = 1; n <= maxOrder; n++) rows[start + 1 + maxOrder + n] = ngrams(hypothesis.length, n);
  });
  return { rows, width };
}

/** Names the columns of a BLEU row or of column sums. */
export function bleuSums(sums: Float64Array): BleuSums {
  const maxOrder = (sums.length - 2) / 2;
  return {
    hypothesisLength: sums[0]!,
    referenceLength: sums[1]!,
    matches: sums.subarray(2, 2 + maxOrder),
    totals: sums.subarray(2 + maxOrder),
  };
}

/** Number of n-grams in a text of `length` tokens. */
export function ngramCount(length: number, n: number): number {
  return Math.max(0, length - n + 1);
}

/** Reference length closest to the hypothesis length, the shorter of two equally close ones. */
export function closestLength(hypothesisLength: number, references: readonly { readonly length: number }[]): number {
  let best = references[0]!.length;
  for (const { length } of references) {
    const gain = Math.abs(hypothesisLength - best) - Math.abs(hypothesisLength - length);
    if (gain > 0 || (gain === 0 && length < best)) best = length;
  }
  return best;
}

/** exp(1 − r/c) for a hypothesis shorter than its reference, else 1; 0 for an empty hypothesis with a reference. */
export function brevityPenalty(hypothesisLength: number, referenceLength: number): number {
  if (hypothesisLength >= referenceLength) return 1;
  return hypothesisLength > 0 ? Math.exp(1 - referenceLength / hypothesisLength) : 0;
}
