import { NgramTrie } from "./ngram-trie.ts";

/**
 * The n-grams of one hypothesis, and how often each occurs in other texts. Only the hypothesis is indexed: references
 * walk its trie, so nothing outlives a segment.
 */
export class HypothesisNgrams {
  /** N-grams of the hypothesis; arrays of this class are indexed by its nodes. */
  readonly trie = new NgramTrie();
  readonly #maxOrder: number;
  #own = new Int32Array(256);
  #other = new Int32Array(256);

  constructor(maxOrder: number) {
    this.#maxOrder = maxOrder;
  }

  /** Sets the hypothesis and returns its counts by node. */
  index(hypothesis: Int32Array): Int32Array {
    const trie = this.trie;
    trie.clear();
    const bound = hypothesis.length * this.#maxOrder + 1;
    if (bound > this.#own.length) {
      this.#own = new Int32Array(2 * bound);
      this.#other = new Int32Array(2 * bound);
    }
    const counts = this.#own.fill(0, 0, bound);
    for (let i = 0; i < hypothesis.length; i++) {
      const end = Math.min(hypothesis.length, i + this.#maxOrder);
      let node = 0;
      for (let j = i; j < end; j++) {
        node = trie.extend(node, hypothesis[j]!);
        counts[node]!++;
      }
    }
    return counts;
  }

  /** Counts of the hypothesis's n-grams in another text, by node; the array is reused by the next call. */
  countIn(text: Int32Array): Int32Array {
    const trie = this.trie;
    const counts = this.#other.fill(0, 0, trie.size);
    for (let i = 0; i < text.length; i++) {
      const end = Math.min(text.length, i + this.#maxOrder);
      let node = 0;
      for (let j = i; j < end; j++) {
        node = trie.find(node, text[j]!);
        if (node < 0) break;
        counts[node]!++;
      }
    }
    return counts;
  }
}
