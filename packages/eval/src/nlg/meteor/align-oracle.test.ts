import fc from "fast-check";
import { expect, test } from "vitest";
import { alignMeteor, countChunks } from "./align.ts";
import { exactMatches, type Match, type MeteorText } from "./matches.ts";

/** A text of numbered words, each its own stem. */
function textOf(ids: readonly number[]): MeteorText {
  return {
    words: ids.map(String),
    ids: Int32Array.from(ids),
    stems: Int32Array.from(ids),
    synsets: ids.map(() => undefined),
    isFunction: new Uint8Array(ids.length),
  };
}

/** Most matched words, then fewest chunks, over every one-to-one matching of equal words. */
function bestAlignment(
  hypothesis: readonly number[],
  reference: readonly number[],
): { matched: number; chunks: number } {
  let best = { matched: -1, chunks: 0 };
  const chosen: (Match | undefined)[] = [];
  const used = new Set<number>();
  const visit = (j: number) => {
    if (j === reference.length) {
      const found = { matched: used.size, chunks: countChunks(chosen) };
      if (found.matched > best.matched || (found.matched === best.matched && found.chunks < best.chunks)) best = found;
      return;
    }
    chosen[j] = undefined;
    visit(j + 1);
    hypothesis.forEach((word, i) => {
      if (word !== reference[j] || used.has(i)) return;
      used.add(i);
      chosen[j] = { module: 0, start: i, length: 1, referenceStart: j, referenceLength: 1 };
      visit(j + 1);
      used.delete(i);
      chosen[j] = undefined;
    });
  };
  visit(0);
  return best;
}

const words = fc.array(fc.nat(3), { minLength: 1, maxLength: 6 });

test("with exact matches alone the beam finds the best alignment of short texts", () => {
  fc.assert(
    fc.property(words, words, (hypothesis, reference) => {
      const chosen = alignMeteor(textOf(hypothesis), textOf(reference), [exactMatches(0)]);
      const matched = chosen.filter((match) => match !== undefined).length;
      expect({ matched, chunks: countChunks(chosen) }).toEqual(bestAlignment(hypothesis, reference));
    }),
    { numRuns: 500 },
  );
});

test("no word is matched twice and matches join equal words", () => {
  fc.assert(
    fc.property(words, words, (hypothesis, reference) => {
      const chosen = alignMeteor(textOf(hypothesis), textOf(reference), [exactMatches(0)]);
      const starts = chosen.flatMap((match) => (match === undefined ? [] : [match.start]));
      expect(new Set(starts).size).toBe(starts.length);
      chosen.forEach((match, j) => {
        if (match !== undefined) expect(hypothesis[match.start]).toBe(reference[j]);
      });
    }),
  );
});

test("chunks are runs contiguous in both texts", () => {
  const match = (start: number, referenceStart: number): Match => ({
    module: 0,
    start,
    length: 1,
    referenceStart,
    referenceLength: 1,
  });
  expect(countChunks([])).toBe(0);
  expect(countChunks([match(0, 0), match(1, 1)])).toBe(1);
  expect(countChunks([match(0, 0), match(2, 1)])).toBe(2);
  expect(countChunks([match(0, 0), undefined, match(1, 2)])).toBe(2);
});
