import { CorpusNgrams } from "../text/corpus-ngrams.ts";
import type { EncodedCorpus } from "../text/token-index.ts";

/** Largest n-gram length of NIST. */
export const nistOrder = 5;

/** Information weights of the n-grams of a test set's references (Doddington 2002, equation 2). */
export interface InformationWeights {
  /** The n-grams, numbered. */
  readonly ngrams: CorpusNgrams;
  /** log2(count of the n-gram without its last word / count of the n-gram), by node; 0 for one no reference has. */
  readonly weights: Float64Array;
}

/**
 * Weights every n-gram: counts are summed over all references of the whole test set, and for a single word the
 * numerator is the number of reference words.
 *
 * @param startsAnew Whether a history of one token counts as no history.
 */
export function informationWeights(
  corpus: EncodedCorpus,
  startsAnew: (token: number) => boolean = () => false,
): InformationWeights {
  const ngrams = new CorpusNgrams(nistOrder);
  for (const group of corpus.references) for (const reference of group) ngrams.of(reference);
  for (const hypothesis of corpus.hypotheses) ngrams.of(hypothesis);
  const { trie } = ngrams;
  const counts = new Float64Array(trie.size);
  for (const group of corpus.references) {
    for (const reference of group) {
      counts[0]! += reference.length;
      for (const node of ngrams.of(reference)) counts[node]!++;
    }
  }
  const weights = new Float64Array(trie.size);
  for (let node = 1; node < trie.size; node++) {
    if (counts[node] === 0) continue;
    const parent = trie.parent(node);
    const history = trie.order(parent) === 1 && startsAnew(trie.token(parent)) ? 0 : parent;
    weights[node] = Math.log2(counts[history]! / counts[node]!);
  }
  return { ngrams, weights };
}

/**
 * Adds the information of the matched n-grams of order n to `target[offset + n − 1]`; each n-gram counts at most as often
 * as in the one of `references` that has most of it.
 */
export class InformationMatches {
  readonly #ngrams: CorpusNgrams;
  readonly #weights: Float64Array;
  readonly #own: Int32Array;
  readonly #clip: Int32Array;
  readonly #found: Int32Array;

  constructor({ ngrams, weights }: InformationWeights) {
    this.#ngrams = ngrams;
    this.#weights = weights;
    this.#own = new Int32Array(weights.length);
    this.#clip = new Int32Array(weights.length);
    this.#found = new Int32Array(weights.length);
  }

  /** @param target Receives five sums from `offset` on. */
  add(hypothesis: Int32Array, references: readonly Int32Array[], target: Float64Array, offset: number): void {
    const own = this.#own;
    const clip = this.#clip;
    const found = this.#found;
    const nodes = this.#ngrams.of(hypothesis);
    for (const node of nodes) own[node]!++;
    for (const reference of references) {
      const others = this.#ngrams.of(reference);
      for (const node of others) if (own[node] !== 0) found[node]!++;
      for (const node of others) {
        if (found[node]! > clip[node]!) clip[node] = found[node]!;
        found[node] = 0;
      }
    }
    for (const node of nodes) {
      const matches = Math.min(own[node]!, clip[node]!);
      if (matches > 0) target[offset + this.#ngrams.trie.order(node) - 1]! += matches * this.#weights[node]!;
      own[node] = 0;
      clip[node] = 0;
    }
  }
}

/** ln 2 / ln² 1.5: makes the penalty one half for a hypothesis two thirds as long as its references. */
const beta = Math.LN2 / Math.log(1.5) ** 2;

/** exp(−β ln²(ratio)) for a ratio of lengths below 1, 1 above, 0 at or below 0 (Doddington 2002, equation 3). */
export function nistPenalty(ratio: number): number {
  if (ratio >= 1) return 1;
  return ratio > 0 ? Math.exp(-beta * Math.log(ratio) ** 2) : 0;
}

/** Orders of a row, counted from 0. */
export const orders: readonly number[] = [0, 1, 2, 3, 4];

/**
 * Score, and details for reading it, from a row that starts with five information sums and five n-gram counts.
 * An order whose counts sum to 0 adds nothing.
 *
 * @param ratio Hypothesis length over reference length; not a number counts as 0.
 */
export function nistFromSums(sums: Float64Array, ratio: number) {
  const penalty = nistPenalty(ratio);
  const precision = orders.reduce((sum, n) => sum + (sums[5 + n] === 0 ? 0 : sums[n]! / sums[5 + n]!), 0);
  const details = { information: [...sums.subarray(0, 5)], ngrams: [...sums.subarray(5, 10)], penalty };
  return { score: penalty * precision, details };
}
