import { type CorpusMetric, corpusMetric } from "../corpus-metric.ts";
import { encodeCorpus } from "../text/token-index.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { nltkWordTokenizer } from "../text/tokenizer-nltk.ts";

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
  let words = hypothesis;
  let distance = levenshtein(words, reference);
  for (let shifts = 0; ; shifts++) {
    let bestDistance = distance;
    let best: Int32Array | undefined;
    for (const shifted of shiftedTexts(words, reference)) {
      const candidate = levenshtein(shifted, reference);
      if (candidate > bestDistance || (candidate === bestDistance && best === undefined)) continue;
      if (candidate < bestDistance || comesAfter(shifted, best!)) {
        bestDistance = candidate;
        best = shifted;
      }
    }
    if (best === undefined) return (shifts + distance) / reference.length;
    words = best;
    distance = bestDistance;
  }
}

/** The hypothesis with one maximal equal span cut out and put where the reference has it. */
function* shiftedTexts(words: Int32Array, reference: Int32Array): Generator<Int32Array> {
  for (let h = 0; h < words.length; h++) {
    for (let r = 0; r < reference.length; r++) {
      if (h === r || words[h] !== reference[r]) continue;
      let length = 1;
      while (
        h + length < words.length &&
        r + length < reference.length &&
        words[h + length] === reference[r + length]
      ) {
        length++;
      }
      const rest = [...words.subarray(0, h), ...words.subarray(h + length)];
      rest.splice(r, 0, ...words.subarray(h, h + length));
      yield Int32Array.from(rest);
    }
  }
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
