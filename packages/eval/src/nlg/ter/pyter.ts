import { type CorpusMetric, corpusMetric } from "../corpus-metric.ts";
import { encodeCorpus } from "../text/token-index.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { nltkWordTokenizer } from "../text/tokenizer-nltk.ts";
import { BitParallelDistance } from "./bit-parallel-distance.ts";

/** Settings of {@link pyterTer}. */
export interface PyterTerOptions {
  /** Tokenisation; pyter leaves it to the caller. Default {@link nltkWordTokenizer}, as GenerationEval. */
  readonly tokenizer?: Tokenizer;
}

/**
 * TER as WebNLG's GenerationEval computes it with pyter, on a scale where 1 is one edit per reference word; lower is
 * better.
 *
 * Mean over segments of the smallest rate over references, case-sensitive; an empty reference counts as rate 1.
 * Differs from {@link ter}: the mean is over segments, only maximal equal spans move, they move to the position they have
 * in the reference, and no limit applies.
 */
export function pyterTer({ tokenizer = nltkWordTokenizer() }: PyterTerOptions = {}): CorpusMetric {
  return corpusMetric({
    name: "TER",
    settings: { case: "mixed", tok: tokenizer.name, agg: "mean", like: "pyter-0.3" },
    measure: (hypotheses, references) => {
      const { index, ...corpus } = encodeCorpus(hypotheses, references, tokenizer.tokenize);
      const ranks = index.ranks();
      const ranked = (tokens: Int32Array) => tokens.map((token) => ranks[token]!);
      const rows = new Float64Array(hypotheses.length * 2);
      corpus.hypotheses.forEach((hypothesis, i) => {
        const words = ranked(hypothesis);
        rows[2 * i] = Math.min(...corpus.references[i]!.map((reference) => pyterRate(words, ranked(reference))));
        rows[2 * i + 1] = 1;
      });
      return { rows, width: 2, scoreOf: (sums) => sums[0]! / sums[1]! };
    },
  });
}

/**
 * Edits per reference word by pyter's greedy shifts; 1 for an empty reference.
 *
 * Words are numbers in the order of their texts: ties between shifts go to the text that sorts last.
 */
export function pyterRate(hypothesis: Int32Array, reference: Int32Array): number {
  if (reference.length === 0) return 1;
  const numbers = new Map<number, number>();
  for (const word of reference) if (!numbers.has(word)) numbers.set(word, numbers.size + 1);
  const numbered = (words: Int32Array): Int32Array => words.map((word) => numbers.get(word) ?? 0);
  const exact = new BitParallelDistance();
  exact.setReference(numbered(reference), numbers.size);
  let words = hypothesis;
  let plain = numbered(words);
  let distance = exact.load(plain, 0);
  const candidate = new Int32Array(words.length);
  for (let shifts = 0; ; shifts++) {
    let bestDistance = distance;
    let best: Span | undefined;
    for (const span of equalSpans(words, reference)) {
      shiftInto(candidate, plain, span);
      // Words before both places are as they were; what is larger than the best need not be known.
      const found = exact.distance(candidate, Math.min(span.from, span.to, words.length - span.length), bestDistance);
      if (found > bestDistance || (found === bestDistance && best === undefined)) continue;
      if (found < bestDistance || comesAfter(shifted(words, span), shifted(words, best!))) {
        bestDistance = found;
        best = span;
      }
    }
    if (best === undefined) return (shifts + distance) / reference.length;
    words = shifted(words, best);
    plain = numbered(words);
    distance = exact.load(plain, 0);
  }
}

/** A maximal span of words that both texts have, at different places. */
interface Span {
  /** Where it stands in the hypothesis. */
  readonly from: number;
  /** Where it stands in the reference. */
  readonly to: number;
  readonly length: number;
}

function* equalSpans(words: Int32Array, reference: Int32Array): Generator<Span> {
  for (let from = 0; from < words.length; from++) {
    for (let to = 0; to < reference.length; to++) {
      if (from === to || words[from] !== reference[to]) continue;
      let length = 1;
      while (
        from + length < words.length &&
        to + length < reference.length &&
        words[from + length] === reference[to + length]
      ) {
        length++;
      }
      yield { from, to, length };
    }
  }
}

/** Writes a text with one span cut out and put where the reference has it, or at the end where that is beyond it. */
function shiftInto(target: Int32Array, words: Int32Array, { from, to, length }: Span): void {
  const place = Math.min(to, words.length - length);
  target.set(words);
  // The words between the two places move by the length of the span.
  if (place < from) target.copyWithin(place + length, place, from);
  else target.copyWithin(from, from + length, place + length);
  target.set(words.subarray(from, from + length), place);
}

function shifted(words: Int32Array, span: Span): Int32Array {
  const result = new Int32Array(words.length);
  shiftInto(result, words, span);
  return result;
}

function comesAfter(a: Int32Array, b: Int32Array): boolean {
  const k = a.findIndex((word, i) => word !== b[i]);
  return k >= 0 && a[k]! > b[k]!;
}

/** Number of insertions, deletions and substitutions between two texts. */
export function levenshtein(a: Int32Array, b: Int32Array): number {
  const row = Int32Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    let diagonal = row[0]!;
    row[0] = i;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j]!;
      row[j] = Math.min(diagonal + (a[i - 1] === b[j - 1] ? 0 : 1), above + 1, row[j - 1]! + 1);
      diagonal = above;
    }
  }
  return row[b.length]!;
}
