import { HypothesisNgrams } from "./hypothesis-ngrams.ts";

/** Adds counts of one hypothesis to `target[offset + n − 1]` for the orders n = 1..maxOrder. */
export type MatchCounter = (
  hypothesis: Int32Array,
  references: readonly Int32Array[],
  target: Float64Array,
  offset: number,
) => void;

/**
 * Counts the n-grams of a hypothesis that its references confirm, each clipped at its largest count in any one
 * reference (Papineni et al. 2002, section 2.1).
 */
export function clippedMatches(maxOrder: number): MatchCounter {
  const ngrams = new HypothesisNgrams(maxOrder);
  let clip = new Int32Array(256);
  return (hypothesis, references, target, offset) => {
    const own = ngrams.index(hypothesis);
    const { size } = ngrams.trie;
    if (size > clip.length) clip = new Int32Array(2 * size);
    clip.fill(0, 0, size);
    for (const reference of references) {
      const found = ngrams.countIn(reference);
      for (let node = 1; node < size; node++) if (found[node]! > clip[node]!) clip[node] = found[node]!;
    }
    for (let node = 1; node < size; node++) {
      target[offset + ngrams.trie.order(node) - 1]! += Math.min(own[node]!, clip[node]!);
    }
  };
}
