import { checkWhole } from "@dylora/errors";
import { type CorpusMetric, corpusMetric } from "./corpus-metric.ts";
import { HypothesisNgrams } from "./text/hypothesis-ngrams.ts";
import { memoize, TokenIndex } from "./text/token-index.ts";
import { removeWhitespace, splitWhitespace } from "./text/whitespace.ts";

/** Settings of {@link chrf}; the defaults are sacreBLEU's. */
export interface ChrfOptions {
  /** Largest character n-gram. Default 6. */
  readonly charOrder?: number;
  /** Largest word n-gram: 0 is chrF (default), 2 is chrF++. */
  readonly wordOrder?: number;
  /** Weight of recall against precision. Default 2. */
  readonly beta?: number;
  /** Compare lower-cased texts. Default false. */
  readonly lowercase?: boolean;
  /** Keep whitespace among the characters. Default false. */
  readonly whitespace?: boolean;
  /** Average F over all orders, 1e-16 for missing ones, as chrF++.py, Moses and nltk do. Default false. */
  readonly epsSmoothing?: boolean;
}

/**
 * chrF and chrF++ as sacreBLEU 2 computes them, on a scale of 0 to 100 (Popović 2015, 2017).
 *
 * Characters are code points. Of several references the one with the best segment score counts. Details: `matches`,
 * `hypothesisNgrams` and `referenceNgrams` by order, characters first.
 *
 * @throws ConfigError `bad_char_order`, `bad_word_order` or `bad_beta`.
 * @example
 * ```ts
 * import { chrf } from "@dylora/eval/nlg";
 *
 * console.log(chrf({ wordOrder: 2 }).compute(["The cat."], [["the cat sat."]]).score.toFixed(2)); // 35.03
 * ```
 */
export function chrf(options: ChrfOptions = {}): CorpusMetric {
  const { charOrder = 6, wordOrder = 0, beta = 2 } = options;
  const { lowercase = false, whitespace = false, epsSmoothing = false } = options;
  checkWhole("bad_char_order", "charOrder", charOrder, { min: 1 });
  if (wordOrder !== 0) checkWhole("bad_word_order", "wordOrder", wordOrder, { min: 1 });
  checkWhole("bad_beta", "beta", beta, { min: 1 });
  const orders = charOrder + wordOrder;
  const score = (row: Float64Array) => fScore(row, beta, epsSmoothing);
  return corpusMetric({
    name: `chrF${beta}${"+".repeat(wordOrder)}`,
    settings: {
      case: lowercase ? "lc" : "mixed",
      eff: epsSmoothing ? "no" : "yes",
      nc: charOrder,
      nw: wordOrder,
      space: whitespace ? "yes" : "no",
      like: "sacrebleu-2.6.0",
    },
    measure: (hypotheses, references) => {
      const words = new TokenIndex();
      const encode = memoize((text: string) => {
        const cased = lowercase ? text.toLowerCase() : text;
        return {
          characters: codePoints(whitespace ? cased : removeWhitespace(cased)),
          words: wordOrder > 0 ? words.encode(separatePunctuation(cased)) : new Int32Array(0),
        };
      });
      const characterMatches = overlapCounter(charOrder);
      const wordMatches = overlapCounter(wordOrder);
      const width = 3 * orders;
      const rows = new Float64Array(hypotheses.length * width);
      const row = new Float64Array(width);
      hypotheses.forEach((text, i) => {
        const hypothesis = encode(text);
        characterMatches.index(hypothesis.characters);
        wordMatches.index(hypothesis.words);
        let best = -1;
        for (const reference of references[i]!.map(encode)) {
          characterMatches.compare(reference.characters, row, 0);
          wordMatches.compare(reference.words, row, 3 * charOrder);
          const candidate = score(row);
          if (candidate <= best) continue;
          best = candidate;
          rows.set(row, i * width);
        }
      });
      return {
        rows,
        width,
        scoreOf: score,
        detailsOf: (sums) => ({
          hypothesisNgrams: [...sums.filter((_, c) => c % 3 === 0)],
          referenceNgrams: [...sums.filter((_, c) => c % 3 === 1)],
          matches: [...sums.filter((_, c) => c % 3 === 2)],
        }),
      };
    },
  });
}

/** F score in percent of (hypothesis, reference, match) counts by order. */
function fScore(counts: Float64Array, beta: number, epsSmoothing: boolean): number {
  const eps = 1e-16;
  const factor = beta * beta;
  const orders = counts.length / 3;
  let sum = 0;
  let precisions = 0;
  let recalls = 0;
  let effective = 0;
  for (let c = 0; c < counts.length; c += 3) {
    const own = counts[c]!;
    const other = counts[c + 1]!;
    const precision = own > 0 ? counts[c + 2]! / own : eps;
    const recall = other > 0 ? counts[c + 2]! / other : eps;
    const denominator = factor * precision + recall;
    sum += denominator > 0 ? ((1 + factor) * precision * recall) / denominator : eps;
    if (own > 0 && other > 0) {
      precisions += precision;
      recalls += recall;
      effective++;
    }
  }
  if (epsSmoothing) return (100 * sum) / orders;
  if (precisions + recalls === 0) return 0;
  const precision = precisions / effective;
  const recall = recalls / effective;
  // sacreBLEU's order of operations: references that score alike must tie, or not, as they do there.
  return 100 * (((1 + factor) * precision * recall) / (factor * precision + recall));
}

function codePoints(text: string): Int32Array {
  const points = new Int32Array(text.length);
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i)!;
    if (point > 0xffff) i++;
    points[count++] = point;
  }
  return points.subarray(0, count);
}

const punctuation = new Set("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");

/** Words with one punctuation mark at an end, the last one first, taken off (`(hi)` gives `(hi` and `)`). */
function separatePunctuation(text: string): string[] {
  return splitWhitespace(text).flatMap((word) => {
    const points = [...word];
    if (points.length === 1) return [word];
    const last = points.at(-1)!;
    if (punctuation.has(last)) return [word.slice(0, -1), last];
    if (punctuation.has(word[0]!)) return [word[0]!, word.slice(1)];
    return [word];
  });
}

/** Compares one hypothesis with each of several references. */
interface OverlapCounter {
  /** Sets the hypothesis. */
  index(hypothesis: Int32Array): void;
  /** Writes (hypothesis, reference, match) counts by order to `target` from `offset` on. */
  compare(reference: Int32Array, target: Float64Array, offset: number): void;
}

function overlapCounter(maxOrder: number): OverlapCounter {
  const ngrams = new HypothesisNgrams(maxOrder);
  let own: Int32Array = new Int32Array(0);
  let length = 0;
  return {
    index(hypothesis) {
      own = ngrams.index(hypothesis);
      length = hypothesis.length;
    },
    compare(reference, target, offset) {
      for (let n = 0; n < maxOrder; n++) {
        const other = Math.max(0, reference.length - n);
        target[offset + 3 * n] = other > 0 ? Math.max(0, length - n) : 0;
        target[offset + 3 * n + 1] = other;
        target[offset + 3 * n + 2] = 0;
      }
      const { trie } = ngrams;
      const found = ngrams.countIn(reference);
      for (let node = 1; node < trie.size; node++) {
        target[offset + 3 * trie.order(node) - 1]! += Math.min(own[node]!, found[node]!);
      }
    },
  };
}
