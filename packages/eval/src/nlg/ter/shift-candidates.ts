import type { EditAlignment } from "./edit-alignment.ts";
import type { NumberedPair } from "./numbered-pair.ts";

const maxShiftSize = 10;
const maxShiftDistance = 50;

/** After this many candidates for one pair of texts no further shift is tried. */
export const maxShiftCandidates = 1000;

/** A round adds at most the targets of one span past the limit. */
const capacity = maxShiftCandidates + maxShiftSize + 2;

/** Moves of equal spans that tercom would try, grouped by the length of the span. */
export class ShiftCandidates {
  /** Candidates found in the last round, repeats included. */
  count = 0;
  /** Length of the longest span of the last round. */
  longest = 0;
  /** By length: number of different candidates. */
  readonly sizes = new Int32Array(maxShiftSize + 1);
  /** By length: start positions, ascending. */
  readonly starts: readonly Int32Array[] = Array.from(this.sizes, () => new Int32Array(capacity));
  /** By length: target positions. */
  readonly targets: readonly Int32Array[] = Array.from(this.sizes, () => new Int32Array(capacity));

  /**
   * Finds the moves of one round: spans equal in both texts that hold an error on either side and are not already
   * aligned, each to the places just before and inside its counterpart. Stops early at `budget` candidates.
   */
  find(words: Int32Array, { reference, first, next }: NumberedPair, edits: EditAlignment, budget: number): void {
    this.sizes.fill(0);
    this.count = 0;
    this.longest = 0;
    const { align, hypothesisErrors, referenceErrors } = edits;
    for (let h = 0; h < words.length; h++) {
      for (let r = first[words[h]!]!; r >= 0; r = next[r]!) {
        if (Math.abs(r - h) > maxShiftDistance) continue;
        let limit = Math.min(maxShiftSize, words.length - h, reference.length - r);
        // A span must not hold the word that its counterpart starts from.
        if (align[r]! >= h) limit = Math.min(limit, align[r]! - h);
        for (let length = 1; length <= limit && words[h + length - 1] === reference[r + length - 1]; length++) {
          if (hypothesisErrors[h + length] === hypothesisErrors[h]) continue;
          if (referenceErrors[r + length] === referenceErrors[r]) continue;
          this.#add(h, r, length, align);
          if (this.count >= budget) return;
        }
      }
    }
  }

  #add(h: number, r: number, length: number, align: Int32Array): void {
    if (length > this.longest) this.longest = length;
    const starts = this.starts[length]!;
    const targets = this.targets[length]!;
    let size = this.sizes[length]!;
    let previous = -1;
    for (let offset = r - 1; offset < r + length; offset++) {
      const target = offset < 0 ? 0 : align[offset]! + 1;
      if (target === previous) continue;
      previous = target;
      this.count++;
      let k = size - 1;
      while (k >= 0 && starts[k] === h && targets[k] !== target) k--;
      if (k >= 0 && starts[k] === h) continue;
      starts[size] = h;
      targets[size++] = target;
    }
    this.sizes[length] = size;
  }
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
  // The words jumped over take the place of the span.
  const jumped = distance < 0 ? start + distance : start + length;
  const freed = distance < 0 ? start + distance + length : start;
  for (let k = Math.abs(distance) - 1; k >= 0; k--) into[freed + k] = words[jumped + k]!;
  for (let k = 0; k < length; k++) into[start + distance + k] = words[start + k]!;
}
