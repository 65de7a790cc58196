import { beamIsIdle } from "./beam.ts";
import { beamDistance } from "./beam-distance.ts";
import { bitParallelDistance } from "./bit-parallel-distance.ts";
import type { PrefixDistance } from "./prefix-distance.ts";
import { maxShiftCandidates, ShiftCandidates, shiftDistance, shiftWords, type WordPlaces } from "./shift-candidates.ts";

/**
 * Number of edits (insertions, deletions, substitutions and shifts of spans, each costing 1) that tercom's search finds
 * between a hypothesis and a reference, as sacreBLEU's `translation_edit_rate` (Snover et al. 2006).
 *
 * Words are integers, equal for equal words.
 */
export function translationEdits(hypothesis: Int32Array, reference: Int32Array): number {
  if (reference.length === 0 || hypothesis.length === 0) return Math.max(hypothesis.length, reference.length);
  const pair = numberByReference(hypothesis, reference);
  const matrix = beamIsIdle(hypothesis.length, reference.length)
    ? bitParallelDistance(pair.reference, pair.vocabulary)
    : beamDistance(pair.reference);
  return searchShifts(pair, matrix);
}

interface NumberedPair {
  readonly hypothesis: Int32Array;
  readonly reference: Int32Array;
  readonly vocabulary: number;
  readonly places: WordPlaces;
  /** No order of the hypothesis words has a smaller distance. */
  readonly bound: number;
}

const candidates = new ShiftCandidates();

function searchShifts(pair: NumberedPair, matrix: PrefixDistance): number {
  const { reference, bound, places } = pair;
  let words = pair.hypothesis;
  let next: Int32Array = words.slice();
  let distance = matrix.load(words, 0);
  let checked = 0;
  for (let shifts = 0; ; shifts++) {
    // No order of the words can do better: what is left to try changes nothing.
    if (distance === bound) return shifts + distance;
    const longest = candidates.find(words, reference, places, matrix.alignment(), maxShiftCandidates - checked);
    checked += candidates.count;
    if (checked >= maxShiftCandidates) return shifts + distance;
    const best = bestShift(words, next, matrix, distance, bound, longest);
    if (best.gain === 0) return shifts + distance;
    shiftWords(words, best.start, best.length, best.distance, next);
    [words, next] = [next, words];
    distance = matrix.load(words, Math.min(best.start, best.start + best.distance));
  }
}

interface Shift {
  gain: number;
  start: number;
  length: number;
  target: number;
  distance: number;
}

/** The shift with the largest gain; of equal ones the longest, then the leftmost, then the one to the leftmost target. */
function bestShift(
  words: Int32Array,
  scratch: Int32Array,
  matrix: PrefixDistance,
  current: number,
  bound: number,
  longest: number,
): Shift {
  const best: Shift = { gain: 0, start: 0, length: 0, target: 0, distance: 0 };
  for (let length = longest; length >= 1; length--) {
    const starts = candidates.starts(length);
    const targets = candidates.targets(length);
    for (let k = 0; k < starts.length; k++) {
      const start = starts[k]!;
      const target = targets[k]!;
      const tie = best.gain > 0 && best.length === length && best.start === start && target < best.target;
      const needed = tie ? best.gain : best.gain + 1;
      const distance = shiftDistance(words.length, start, length, target);
      // Moving a span is undone by as many deletions and insertions as it has words, or as it jumps.
      if (2 * Math.min(length, Math.abs(distance)) < needed || current - bound < needed) continue;
      shiftWords(words, start, length, distance, scratch);
      const limit = current - needed;
      const shifted = matrix.distance(scratch, Math.min(start, start + distance), limit);
      if (shifted <= limit) Object.assign(best, { gain: current - shifted, start, length, target, distance });
    }
  }
  return best;
}

/** Renumbers the words of a pair from 1 in the order of the reference; words that it lacks become 0. */
function numberByReference(hypothesis: Int32Array, reference: Int32Array): NumberedPair {
  const numbers = new Map<number, number>();
  const first: number[] = [-1];
  const last: number[] = [-1];
  const next = new Int32Array(reference.length).fill(-1);
  const left: number[] = [0];
  const numbered = reference.map((word, r) => {
    let number = numbers.get(word);
    if (number === undefined) {
      number = first.length;
      numbers.set(word, number);
      first.push(r);
      left.push(0);
    } else {
      next[last[number]!] = r;
    }
    last[number] = r;
    left[number]!++;
    return number;
  });
  let common = 0;
  const words = hypothesis.map((word) => {
    const number = numbers.get(word) ?? 0;
    if (left[number]! > 0) {
      left[number]!--;
      common++;
    }
    return number;
  });
  return {
    hypothesis: words,
    reference: numbered,
    vocabulary: first.length - 1,
    places: { first: (word) => first[word]!, next: (position) => next[position]! },
    bound: Math.max(hypothesis.length, reference.length) - common,
  };
}
