import fc from "fast-check";
import { expect, test } from "vitest";
import { TopScores } from "./top-scores.ts";

test("keeps what sorting all of them would put first, the first of equal ones", () => {
  const scores = fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(Number.NEGATIVE_INFINITY)));
  fc.assert(
    fc.property(scores, fc.integer({ min: 1, max: 8 }), (list, k) => {
      const top = new TopScores(k);
      list.forEach((score, place) => {
        top.offer(score, place);
      });
      const finite = list.map((score, place) => ({ score, place })).filter(({ score }) => score > -9);
      const wanted = finite.sort((a, b) => b.score - a.score || a.place - b.place).slice(0, k);
      expect(top.sorted()).toEqual(wanted);
      expect(top.least).toBe(wanted.length < k ? Number.NEGATIVE_INFINITY : wanted.at(-1)?.score);
    }),
  );
});

test("no number is no score", () => {
  const top = new TopScores(2);
  top.offer(Number.NaN, 0);
  expect(top.sorted()).toEqual([]);
});
