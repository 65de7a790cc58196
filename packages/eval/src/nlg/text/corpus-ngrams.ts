import { NgramTrie } from "./ngram-trie.ts";

/** Numbers the n-grams of a whole corpus, orders 1..maxOrder, and remembers those of each text. */
export class CorpusNgrams {
  /** Every n-gram seen so far. */
  readonly trie = new NgramTrie();
  readonly #maxOrder: number;
  readonly #known = new Map<Int32Array, Int32Array>();

  constructor(maxOrder: number) {
    this.#maxOrder = maxOrder;
  }

  /** Nodes of all n-grams of a text, repeats included. Computed once per array. */
  of(tokens: Int32Array): Int32Array {
    let nodes = this.#known.get(tokens);
    if (nodes === undefined) {
      nodes = this.#compute(tokens);
      this.#known.set(tokens, nodes);
    }
    return nodes;
  }

  #compute(tokens: Int32Array): Int32Array {
    const nodes = new Int32Array(tokens.length * this.#maxOrder);
    let count = 0;
    for (let i = 0; i < tokens.length; i++) {
      const end = Math.min(tokens.length, i + this.#maxOrder);
      let node = 0;
      for (let j = i; j < end; j++) {
        node = this.trie.extend(node, tokens[j]!);
        nodes[count++] = node;
      }
    }
    return nodes.subarray(0, count);
  }
}
