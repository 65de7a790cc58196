import type { ParaphraseSource } from "./paraphrases.ts";

/** A possible link between a span of the hypothesis and a span of the reference. */
export interface Match {
  /** Index of the module that found it. */
  readonly module: number;
  /** First hypothesis word. */
  readonly start: number;
  /** Hypothesis words. */
  readonly length: number;
  /** First reference word. */
  readonly referenceStart: number;
  /** Reference words. */
  readonly referenceLength: number;
}

/** A text as METEOR's modules see it. */
export interface MeteorText {
  /** The words. */
  readonly words: readonly string[];
  /** Number of each word. */
  readonly ids: Int32Array;
  /** Number of each word's stem. */
  readonly stems: Int32Array;
  /** Synsets of each word. */
  readonly synsets: readonly (ReadonlySet<number> | undefined)[];
  /** 1 for a function word. */
  readonly isFunction: Uint8Array;
}

/** Finds the matches of one module, in METEOR's order, and hands each to `add`. */
export type MatchFinder = (hypothesis: MeteorText, reference: MeteorText, add: (match: Match) => void) => void;

/** Finder of single words for which `related` holds. */
function singleWords(
  module: number,
  related: (hypothesis: MeteorText, i: number, reference: MeteorText, j: number) => boolean,
): MatchFinder {
  return (hypothesis, reference, add) => {
    for (let j = 0; j < reference.words.length; j++) {
      for (let i = 0; i < hypothesis.words.length; i++) {
        if (!related(hypothesis, i, reference, j)) continue;
        add({ module, start: i, length: 1, referenceStart: j, referenceLength: 1 });
      }
    }
  };
}

/** Equal words. */
export const exactMatches = (module: number): MatchFinder =>
  singleWords(module, (hypothesis, i, reference, j) => hypothesis.ids[i] === reference.ids[j]);

/** Different words with equal stems. */
export const stemMatches = (module: number): MatchFinder =>
  singleWords(
    module,
    (hypothesis, i, reference, j) =>
      hypothesis.stems[i] === reference.stems[j] && hypothesis.ids[i] !== reference.ids[j],
  );

/** Different words with a common synset. */
export const synonymMatches = (module: number): MatchFinder =>
  singleWords(module, (hypothesis, i, reference, j) => {
    const own = hypothesis.synsets[i];
    const other = reference.synsets[j];
    if (own === undefined || other === undefined || hypothesis.ids[i] === reference.ids[j]) return false;
    for (const id of own) if (other.has(id)) return true;
    return false;
  });

/** Spans that the table links: phrases of the reference first, then phrases of the hypothesis. */
export function paraphraseMatches(module: number, table: ParaphraseSource): MatchFinder {
  return (hypothesis, reference, add) => {
    for (const { start, length, other, otherLength } of linkedSpans(reference.words, hypothesis.words, table)) {
      add({ module, start: other, length: otherLength, referenceStart: start, referenceLength: length });
    }
    for (const { start, length, other, otherLength } of linkedSpans(hypothesis.words, reference.words, table)) {
      add({ module, start, length, referenceStart: other, referenceLength: otherLength });
    }
  };
}

function* linkedSpans(phraseWords: readonly string[], words: readonly string[], table: ParaphraseSource) {
  for (let start = 0; start < phraseWords.length; start++) {
    const limit = Math.min(table.longest, phraseWords.length - start);
    for (let length = 1; length <= limit; length++) {
      const phrase = phraseWords.slice(start, start + length).join(" ");
      for (const paraphrase of table.paraphrases(phrase)) {
        for (let other = 0; other + paraphrase.length <= words.length; other++) {
          if (paraphrase.every((word, k) => word === words[other + k])) {
            yield { start, length, other, otherLength: paraphrase.length };
          }
        }
      }
    }
  }
}
