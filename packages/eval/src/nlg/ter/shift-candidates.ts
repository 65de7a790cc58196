import type { EditAlignment } from "./prefix-distance.ts";

const maxShiftSize = 10;
const maxShiftDistance = 50;

/** After this many candidates for one pair of texts no further shift is tried. */
export const maxShiftCandidates = 1000;

/** Moves of equal spans that tercom would try, grouped by the length of the span. */
export class ShiftCandidates {
  readonly #starts: readonly number[][] = Array.from({ length: maxShiftSize + 1 }, () => []);
  readonly #targets: readonly number[][] = Array.from({ length: maxShiftSize + 1 }, () => []);
  /** Candidates found in the last round, repeats included. */
  count = 0;

  /** Start positions of the candidates of one length, ascending. */
  starts(length: number): readonly number[] {
    return this.#starts[length]!;
  }

  /** Target positions of the candidates of one length, in the order of {@link starts}. */
  targets(length: number): readonly number[] {
    return this.#targets[length]!;
  }

  /**
   * Finds the moves of one round: spans equal in both texts that hold an error on either side and are not already
   * aligned, each to the places just before and inside its counterpart. Stops early at `budget` candidates.
   *
   * @returns The length of the longest span.
   */
  find(words: Int32Array, reference: Int32Array, places: WordPlaces, edits: EditAlignment, budget: number): number {
    for (let length = 1; length <= maxShiftSize; length++) {
      this.#starts[length]!.length = 0;
      this.#targets[length]!.length = 0;
    }
    this.count = 0;
    let longest = 0;
    const { align, hypothesisErrors, referenceErrors } = edits;
    for (let h = 0; h < words.length; h++) {
      for (let r = places.first(words[h]!); r >= 0; r = places.next(r)) {
        if (Math.abs(r - h) > maxShiftDistance) continue;
        const limit = Math.min(maxShiftSize, words.length - h, reference.length - r);
        for (let length = 1; length <= limit && words[h + length - 1] === reference[r + length - 1]; length++) {
          if (hypothesisErrors[h + length] === hypothesisErrors[h]) continue;
          if (referenceErrors[r + length] === referenceErrors[r]) continue;
          if (align[r]! >= h && align[r]! < h + length) continue;
          this.#add(h, r, length, align);
          if (length > longest) longest = length;
          if (this.count >= budget) return longest;
        }
      }
    }
    return longest;
  }

  #add(h: number, r: number, length: number, align: Int32Array): void {
    const starts = this.#starts[length]!;
    const targets = this.#targets[length]!;
    let previous = -1;
    for (let offset = r - 1; offset < r + length; offset++) {
      const target = offset < 0 ? 0 : align[offset]! + 1;
      if (target === previous) continue;
      previous = target;
      this.count++;
      if (isRepeat(starts, targets, h, target)) continue;
      starts.push(h);
      targets.push(target);
    }
  }
}

function isRepeat(starts: readonly number[], targets: readonly number[], h: number, target: number): boolean {
  for (let k = starts.length - 1; k >= 0 && starts[k] === h; k--) if (targets[k] === target) return true;
  return false;
}

/** Where each word stands in a reference. */
export interface WordPlaces {
  /** First position of a word, or −1. */
  first(word: number): number;
  /** Next position of the word at a position, or −1. */
  next(position: number): number;
}

/** Words jumped when a span moves to `target`; negative to the left. */
export function shiftDistance(size: number, start: number, length: number, target: number): number {
  if (target < start) return target - start;
  if (target > start + length) return target - start - length;
  return Math.min(target - start, size - start - length);
}

/** Writes `words` with the span moved over `distance` words (negative to the left) to `into`. */
export function shiftWords(words: Int32Array, start: number, length: number, distance: number, into: Int32Array): void {
  into.set(words);
  if (distance < 0) {
    into.copyWithin(start + distance + length, start + distance, start);
    for (let k = 0; k < length; k++) into[start + distance + k] = words[start + k]!;
  } else {
    into.copyWithin(start, start + length, start + length + distance);
    for (let k = 0; k < length; k++) into[start + distance + k] = words[start + k]!;
  }
}
