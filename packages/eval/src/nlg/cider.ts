import { type CorpusMetric, corpusMetric } from "./corpus-metric.ts";
import { CorpusNgrams } from "./text/corpus-ngrams.ts";
import { type EncodedCorpus, encodeCorpus } from "./text/token-index.ts";
import type { Tokenizer } from "./text/tokenizer.ts";
import { tokenizerPtb } from "./text/tokenizer-ptb.ts";
import { splitWhitespace } from "./text/whitespace.ts";

/** Settings of {@link ciderD} and {@link cider}. */
export interface CiderOptions {
  /** Tokenisation. Default {@link tokenizerPtb}, as e2e-metrics applies; no stemming, as in coco-caption. */
  readonly tokenizer?: Tokenizer;
  /** Standard deviation of CIDEr-D's length penalty, in words. Default 6. */
  readonly sigma?: number;
}

const maxOrder = 4;

/**
 * CIDEr-D as coco-caption computes it under the name "CIDEr", on a scale of 0 to 10 (Vedantam et al. 2015, section 5).
 *
 * Texts are tf-idf vectors of their n-grams, n = 1..4; document frequency counts the instances of the evaluated test set
 * with the n-gram in any reference (so one instance alone scores 0). Similarity clips the hypothesis vector at the
 * reference's and shrinks with the difference in length, which is counted in bigrams. Frequencies stay those of the
 * whole test set when segments are resampled.
 *
 * @example
 * ```ts
 * import { ciderD, tokenizerNone } from "@dylora/eval/nlg";
 *
 * const { segments } = ciderD({ tokenizer: tokenizerNone }).compute(["a b c d", "f g h i"], [["a b c e"], ["f g h i"]]);
 * console.log(segments);
 * ```
 */
export function ciderD({ tokenizer = tokenizerPtb, sigma = 6 }: CiderOptions = {}): CorpusMetric {
  return consensus("CIDEr-D", { tok: tokenizer.name, sigma, df: "corpus", like: "coco-caption" }, tokenizer, {
    product: (own, other) => Math.min(own, other) * other,
    penalty: (difference) => Math.exp(-(difference ** 2) / (2 * sigma ** 2)),
  });
}

/**
 * Plain CIDEr (Vedantam et al. 2015, section 4) on a scale of 0 to 10: the cosine of the tf-idf vectors, without the
 * clipping and the length penalty of {@link ciderD}; no stemming.
 */
export function cider({ tokenizer = tokenizerPtb }: Pick<CiderOptions, "tokenizer"> = {}): CorpusMetric {
  return consensus("CIDEr", { tok: tokenizer.name, df: "corpus", like: "vrama91-cider" }, tokenizer, {
    product: (own, other) => own * other,
    penalty: () => 1,
  });
}

interface Similarity {
  /** Contribution of one n-gram to the dot product. */
  readonly product: (own: number, other: number) => number;
  /** Factor for a difference in length. */
  readonly penalty: (difference: number) => number;
}

function consensus(
  name: string,
  settings: Readonly<Record<string, string | number>>,
  tokenizer: Tokenizer,
  similarity: Similarity,
): CorpusMetric {
  return corpusMetric({
    name,
    settings,
    measure: (hypotheses, references) => {
      // A token with a space in it (a fraction, a telephone number) is two words here.
      const corpus = encodeCorpus(hypotheses, references, (text) =>
        splitWhitespace(tokenizer.tokenize(text).join(" ")),
      );
      const { vectorOf, nodeCount } = tfIdf(corpus);
      const rows = new Float64Array(hypotheses.length * 2);
      const compare = comparison(similarity, nodeCount);
      corpus.hypotheses.forEach((hypothesis, i) => {
        const group = corpus.references[i]!.map(vectorOf);
        rows[2 * i] = (10 * compare(vectorOf(hypothesis), group)) / group.length / maxOrder;
        rows[2 * i + 1] = 1;
      });
      return { rows, width: 2, scoreOf: (sums) => sums[0]! / sums[1]! };
    },
  });
}

/** Sparse tf-idf vector of a text. */
interface TfIdf {
  /** Distinct n-grams. */
  readonly nodes: Int32Array;
  /** Weight of each, times its count. */
  readonly weights: Float64Array;
  /** Order of each, from 0. */
  readonly orders: Uint8Array;
  /** Euclidean norm by order. */
  readonly norms: Float64Array;
  /** Number of bigrams. */
  readonly length: number;
}

function tfIdf(corpus: EncodedCorpus): { vectorOf: (tokens: Int32Array) => TfIdf; nodeCount: number } {
  const ngrams = new CorpusNgrams(maxOrder);
  for (const hypothesis of corpus.hypotheses) ngrams.of(hypothesis);
  for (const group of corpus.references) for (const reference of group) ngrams.of(reference);
  const { trie } = ngrams;
  const frequency = new Int32Array(trie.size);
  const lastSeen = new Int32Array(trie.size).fill(-1);
  corpus.references.forEach((group, i) => {
    for (const reference of group) {
      for (const node of ngrams.of(reference)) {
        if (lastSeen[node] === i) continue;
        lastSeen[node] = i;
        frequency[node]!++;
      }
    }
  });
  const logInstances = Math.log(corpus.references.length);
  const inverse = Float64Array.from(frequency, (count) => logInstances - Math.log(Math.max(1, count)));
  const counts = new Int32Array(trie.size);
  const known = new Map<Int32Array, TfIdf>();
  const vectorOf = (tokens: Int32Array): TfIdf => {
    const cached = known.get(tokens);
    if (cached !== undefined) return cached;
    const all = ngrams.of(tokens);
    const nodes = new Int32Array(all.length);
    let size = 0;
    for (const node of all) if (counts[node]!++ === 0) nodes[size++] = node;
    const weights = new Float64Array(size);
    const orders = new Uint8Array(size);
    const norms = new Float64Array(maxOrder);
    for (let k = 0; k < size; k++) {
      const node = nodes[k]!;
      const order = trie.order(node) - 1;
      const weight = counts[node]! * inverse[node]!;
      orders[k] = order;
      weights[k] = weight;
      norms[order]! += weight * weight;
      counts[node] = 0;
    }
    for (let n = 0; n < maxOrder; n++) norms[n] = Math.sqrt(norms[n]!);
    const vector = { nodes: nodes.subarray(0, size), weights, orders, norms, length: Math.max(0, tokens.length - 1) };
    known.set(tokens, vector);
    return vector;
  };
  return { vectorOf, nodeCount: trie.size };
}

/** Sum over references and orders of the similarity to a hypothesis. */
function comparison(
  { product, penalty }: Similarity,
  nodeCount: number,
): (hypothesis: TfIdf, references: readonly TfIdf[]) => number {
  // Dense copy of the hypothesis: an n-gram that it lacks weighs 0, which both products turn into 0.
  const own = new Float64Array(nodeCount);
  const dots = new Float64Array(maxOrder);
  return (hypothesis, references) => {
    for (let k = 0; k < hypothesis.nodes.length; k++) own[hypothesis.nodes[k]!] = hypothesis.weights[k]!;
    let total = 0;
    for (const reference of references) {
      dots.fill(0);
      for (let k = 0; k < reference.nodes.length; k++) {
        dots[reference.orders[k]!]! += product(own[reference.nodes[k]!]!, reference.weights[k]!);
      }
      const factor = penalty(hypothesis.length - reference.length);
      for (let n = 0; n < maxOrder; n++)
        total += (factor * dots[n]!) / (hypothesis.norms[n]! * reference.norms[n]! || 1);
    }
    for (const node of hypothesis.nodes) own[node] = 0;
    return total;
  };
}
