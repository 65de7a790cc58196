import fc from "fast-check";
import { expect, test } from "vitest";
import { minNewTokens } from "./min-new-tokens.ts";
import { noRepeatNgram } from "./no-repeat-ngram.ts";
import { repetitionPenalty } from "./repetition-penalty.ts";
import type { Sequence } from "./sequence.ts";

const text = (ids: readonly number[], prompt = 1): Sequence => {
  return { prompt: { index: 0, ids: ids.slice(0, prompt), repeat: 0 }, sample: 0, ids };
};

test("no-repeat n-gram rules out exactly the tokens that would repeat one", () => {
  const ids = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(ids, fc.integer({ min: 1, max: 4 }), (list, size) => {
      const scores = new Float32Array(4);
      noRepeatNgram(size)(scores, text(list));
      const ngrams = (tokens: readonly number[]) =>
        Array.from({ length: Math.max(0, tokens.length - size + 1) }, (_, at) => tokens.slice(at, at + size).join());
      for (const token of scores.keys()) {
        const last = [...list, token].slice(-size).join();
        const repeats = list.length + 1 >= size && ngrams(list).includes(last);
        expect(scores[token]).toBe(repeats ? Number.NEGATIVE_INFINITY : 0);
      }
    }),
  );
});

test("the repetition penalty divides positive scores and multiplies negative ones, once for each token", () => {
  const scores = Float32Array.of(4, -4, 0, 4, Number.NEGATIVE_INFINITY);
  repetitionPenalty(2)(scores, text([0, 1, 1, 2, 4]));
  expect([...scores]).toEqual([2, -8, 0, 4, Number.NEGATIVE_INFINITY]);
});

test("end tokens are ruled out until there are enough new ones", () => {
  const process = minNewTokens(2, [1, 3]);
  const after = (ids: readonly number[]) => {
    const scores = new Float32Array(4);
    process(scores, text(ids, 2));
    return [...scores];
  };
  const ruledOut = [0, Number.NEGATIVE_INFINITY, 0, Number.NEGATIVE_INFINITY];
  expect(after([5, 6])).toEqual(ruledOut);
  expect(after([5, 6, 7])).toEqual(ruledOut);
  expect(after([5, 6, 7, 8])).toEqual([0, 0, 0, 0]);
});
