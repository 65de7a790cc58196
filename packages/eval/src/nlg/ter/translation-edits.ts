import { Beam } from "./beam.ts";
import { beamDistance } from "./beam-distance.ts";
import { BitParallelDistance } from "./bit-parallel-distance.ts";
import { EditAlignment } from "./edit-alignment.ts";
import { NumberedPair } from "./numbered-pair.ts";
import type { PrefixDistance } from "./prefix-distance.ts";
import { maxShiftCandidates, ShiftCandidates, shiftDistance, shiftWords } from "./shift-candidates.ts";

/**
 * Makes a counter of the edits (insertions, deletions, substitutions and shifts of spans, each costing 1) that tercom's
 * search finds between a hypothesis and a reference, as sacreBLEU's `translation_edit_rate` (Snover et al. 2006).
 *
 * Words are integers from 0 upwards, equal for equal words. The counter holds its memory from one pair to the next.
 */
export function translationEditCounter(): (hypothesis: Int32Array, reference: Int32Array) => number {
  const pair = new NumberedPair();
  const exact = new BitParallelDistance();
  const search = new ShiftSearch(pair);
  return (hypothesis, reference) => {
    if (reference.length === 0 || hypothesis.length === 0) return Math.max(hypothesis.length, reference.length);
    pair.set(hypothesis, reference);
    exact.setReference(pair.reference, pair.vocabulary);
    const distance = exact.load(pair.hypothesis, 0);
    if (distance < new Beam(hypothesis.length, reference.length).escapeCost()) return search.run(exact, distance);
    const inBeam = beamDistance(pair.reference);
    return search.run(inBeam, inBeam.load(pair.hypothesis, 0));
  };
}

/** Shifts spans for as long as a shift shortens the edit distance. */
class ShiftSearch {
  readonly #pair: NumberedPair;
  readonly #candidates = new ShiftCandidates();
  readonly #edits = new EditAlignment();
  #gain = 0;
  #start = 0;
  #length = 0;
  #target = 0;
  #distance = 0;

  constructor(pair: NumberedPair) {
    this.#pair = pair;
  }

  /** @param matrix Loaded with the hypothesis of the pair, at `distance`. */
  run(matrix: PrefixDistance, distance: number): number {
    const { bound } = this.#pair;
    let words = this.#pair.hypothesis;
    let next: Int32Array = new Int32Array(words.length);
    let checked = 0;
    for (let shifts = 0; ; shifts++) {
      // No order of the words can do better: what is left to try changes nothing.
      if (distance === bound) return shifts + distance;
      matrix.trace(this.#edits);
      this.#candidates.find(words, this.#pair, this.#edits, maxShiftCandidates - checked);
      checked += this.#candidates.count;
      if (checked >= maxShiftCandidates) return shifts + distance;
      this.#choose(words, next, matrix, distance);
      if (this.#gain === 0) return shifts + distance;
      shiftWords(words, this.#start, this.#length, this.#distance, next);
      [words, next] = [next, words];
      distance = matrix.load(words, Math.min(this.#start, this.#start + this.#distance));
    }
  }

  /** Chooses the largest gain; of equal ones the longest span, then the leftmost, then the leftmost target. */
  #choose(words: Int32Array, scratch: Int32Array, matrix: PrefixDistance, current: number): void {
    const { sizes, starts, targets, longest } = this.#candidates;
    const most = current - this.#pair.bound;
    this.#gain = 0;
    for (let length = longest; length >= 1; length--) {
      for (let k = 0; k < sizes[length]!; k++) {
        const start = starts[length]![k]!;
        const target = targets[length]![k]!;
        const winsTie = this.#gain > 0 && length === this.#length && start === this.#start && target < this.#target;
        const needed = winsTie ? this.#gain : this.#gain + 1;
        const distance = shiftDistance(words.length, start, length, target);
        // Moving a span is undone by as many deletions and insertions as it has words, or as it jumps.
        if (needed > most || needed > 2 * Math.min(length, Math.abs(distance))) continue;
        shiftWords(words, start, length, distance, scratch);
        const shifted = matrix.distance(scratch, Math.min(start, start + distance), current - needed);
        if (shifted > current - needed) continue;
        this.#gain = current - shifted;
        this.#start = start;
        this.#length = length;
        this.#target = target;
        this.#distance = distance;
      }
    }
  }
}
