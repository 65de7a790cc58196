import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Beam } from "./beam.ts";
import { beamDistance } from "./beam-distance.ts";
import { BitParallelDistance } from "./bit-parallel-distance.ts";
import { EditAlignment } from "./edit-alignment.ts";
import { levenshtein, pyterRate } from "./pyter.ts";
import { shiftDistance, shiftWords } from "./shift-candidates.ts";
import { translationEditCounter } from "./translation-edits.ts";

/** Words 0..5 of a hypothesis, 1..5 of a reference. */
const hypothesisOf = (maxLength: number) =>
  fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength }).map((words) => Int32Array.from(words));
const referenceOf = (maxLength: number) =>
  fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength }).map((words) => Int32Array.from(words));

/** Edit distance straight from its definition. */
function recursiveDistance(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) return a.length + b.length;
  const same = a[0] === b[0] ? 0 : 1;
  const [restA, restB] = [a.slice(1), b.slice(1)];
  return Math.min(
    recursiveDistance(restA, restB) + same,
    recursiveDistance(restA, b) + 1,
    recursiveDistance(a, restB) + 1,
  );
}

test("the full matrix follows the definition", () => {
  fc.assert(
    fc.property(hypothesisOf(6), referenceOf(6), (a, b) => {
      expect(levenshtein(a, b)).toBe(recursiveDistance([...a], [...b]));
    }),
  );
});

describe("bit-parallel distance", () => {
  const exact = new BitParallelDistance();

  test.each([12, 40, 75])("equals the full matrix, texts up to %i words", (length) => {
    fc.assert(
      fc.property(hypothesisOf(length), referenceOf(length), (hypothesis, reference) => {
        exact.setReference(reference, 5);
        expect(exact.load(hypothesis, 0)).toBe(levenshtein(hypothesis, reference));
      }),
    );
  });

  test.each([12, 75])("measures a changed suffix from where it changes, texts up to %i words", (length) => {
    fc.assert(
      fc.property(hypothesisOf(length), referenceOf(length), fc.nat(), fc.nat(), (hypothesis, reference, a, b) => {
        exact.setReference(reference, 5);
        exact.load(hypothesis, 0);
        const from = a % hypothesis.length;
        const changed = Int32Array.from([...hypothesis.subarray(0, from), ...hypothesis.subarray(from).toReversed()]);
        const expected = levenshtein(changed, reference);
        expect(exact.distance(changed, from, 1000)).toBe(expected);
        const limit = b % (length + 1);
        const limited = exact.distance(changed, from, limit);
        if (expected <= limit) expect(limited).toBe(expected);
        else expect(limited).toBeGreaterThan(limit);
        expect(exact.load(changed, from)).toBe(expected);
      }),
    );
  });

  test("gives the edit script of the cell-by-cell matrix wherever the beam does not cut", () => {
    const script = (edits: EditAlignment, h: number, r: number) => [
      [...edits.align.subarray(0, r)],
      [...edits.hypothesisErrors.subarray(0, h + 1)],
      [...edits.referenceErrors.subarray(0, r + 1)],
    ];
    fc.assert(
      fc.property(hypothesisOf(60), referenceOf(60), (hypothesis, reference) => {
        exact.setReference(reference, 5);
        const distance = exact.load(hypothesis, 0);
        fc.pre(distance < new Beam(hypothesis.length, reference.length).escapeCost());
        const cells = beamDistance(reference);
        expect(cells.load(hypothesis, 0)).toBe(distance);
        const [left, right] = [new EditAlignment(), new EditAlignment()];
        exact.trace(left);
        cells.trace(right);
        const sizes = [hypothesis.length, reference.length] as const;
        expect(script(left, ...sizes)).toEqual(script(right, ...sizes));
      }),
    );
  });
});

test("a shift cuts a span out and puts it down further on", () => {
  fc.assert(
    fc.property(hypothesisOf(12), fc.nat(), fc.nat(), fc.nat(), (words, a, b, c) => {
      const start = a % words.length;
      const length = 1 + (b % (words.length - start));
      const target = c % (words.length + 1);
      const distance = shiftDistance(words.length, start, length, target);
      const into = new Int32Array(words.length);
      shiftWords(words, start, length, distance, into);
      const rest = [...words.subarray(0, start), ...words.subarray(start + length)];
      rest.splice(start + distance, 0, ...words.subarray(start, start + length));
      expect([...into]).toEqual(rest);
    }),
  );
});

describe("translation edits", () => {
  const count = translationEditCounter();

  /** Fewest edits when any span may move anywhere, at most twice. */
  function bestWithShifts(words: readonly number[], reference: Int32Array, shifts: number): number {
    let best = levenshtein(Int32Array.from(words), reference);
    if (shifts === 0) return best;
    for (let start = 0; start < words.length; start++) {
      for (let end = start + 1; end <= words.length; end++) {
        const rest = [...words.slice(0, start), ...words.slice(end)];
        for (let target = 0; target <= rest.length; target++) {
          const moved = rest.toSpliced(target, 0, ...words.slice(start, end));
          best = Math.min(best, 1 + bestWithShifts(moved, reference, shifts - 1));
        }
      }
    }
    return best;
  }

  test("lie between the best of all shifts and the plain edit distance", () => {
    fc.assert(
      fc.property(hypothesisOf(5), referenceOf(5), (hypothesis, reference) => {
        const edits = count(hypothesis, reference);
        expect(edits).toBeLessThanOrEqual(levenshtein(hypothesis, reference));
        expect(edits).toBeGreaterThanOrEqual(bestWithShifts([...hypothesis], reference, 2));
        expect(pyterRate(hypothesis, reference) * reference.length).toBeLessThanOrEqual(
          levenshtein(hypothesis, reference) + 1e-9,
        );
      }),
      { numRuns: 60 },
    );
  });

  test("a block moved once costs 1", () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 40 }), fc.nat(), (size, a) => {
        const reference = Int32Array.from({ length: size }, (_, i) => i);
        const cut = 1 + (a % Math.min(9, size - 1));
        const moved = Int32Array.from([...reference.subarray(cut), ...reference.subarray(0, cut)]);
        expect(count(moved, reference)).toBe(1);
      }),
    );
  });
});
