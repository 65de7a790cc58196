import fc from "fast-check";
import { expect, test } from "vitest";
import { foldKey, foldName, wordAt } from "./counter.ts";
import { attentionRows, dropoutMask, dropThreshold, tokenRows } from "./dropout-mask.ts";

test("every element follows from key, example, row coordinates and column alone", () => {
  const dropoutKey = { key: 5, probability: 0.3, firstExample: 7 };
  const rows = attentionRows(2, 3);
  const mask = dropoutMask(dropoutKey, 2, rows, 4);
  let at = 0;
  for (const example of [7, 8]) {
    for (const head of [0, 1]) {
      for (const query of [0, 1, 2]) {
        for (let column = 0; column < 4; column++) {
          const word = wordAt(foldKey(foldKey(foldKey(5, example), head), query), column);
          expect(mask[at++]).toBe(word / 2 ** 32 < 0.3 ? 0 : Math.fround(1 / 0.7));
        }
      }
    }
  }
  expect(at).toBe(mask.length);
});

test.each([0, 0.1, 0.5, 0.9])("drops a share of %d and keeps the mean at 1", (probability) => {
  const mask = dropoutMask({ key: 1, probability }, 8, tokenRows(50), 100);
  const dropped = mask.filter((value) => value === 0).length / mask.length;
  const deviation = Math.sqrt((probability * (1 - probability)) / mask.length);
  expect(Math.abs(dropped - probability)).toBeLessThanOrEqual(4 * deviation);
  expect(new Set(mask).size).toBe(probability === 0 ? 1 : 2);
  expect(Math.max(...mask)).toBe(Math.fround(1 / (1 - probability)));
});

test("a batch cut anywhere and padded to any length draws the same numbers", () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.double({ min: 0, max: 0.99, noNaN: true }),
      fc.integer({ min: 2, max: 6 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 3 }),
      (key, probability, examples, length, columns, padding) => {
        const whole = dropoutMask({ key, probability }, examples, tokenRows(length), columns);
        for (let cut = 1; cut < examples; cut++) {
          const head = dropoutMask({ key, probability }, cut, tokenRows(length), columns);
          const tail = dropoutMask({ key, probability, firstExample: cut }, examples - cut, tokenRows(length), columns);
          expect([...head, ...tail]).toEqual([...whole]);
        }
        const padded = dropoutMask({ key, probability }, examples, tokenRows(length + padding), columns);
        const perExample = (length + padding) * columns;
        expect(padded.filter((_, i) => i % perExample < length * columns)).toEqual(whole);
      },
    ),
    { numRuns: 50 },
  );
});

test("masks of other sites, steps and heads are unrelated", () => {
  const mask = (key: number) => dropoutMask({ key, probability: 0.5 }, 4, tokenRows(20), 64);
  const key = foldKey(1, 10);
  const others = [foldKey(1, 11), foldKey(2, 10), foldName(key, "a"), foldName(key, "b")];
  for (const other of others) {
    const same = mask(key).filter((value, i) => value === mask(other)[i]).length / (4 * 20 * 64);
    expect(Math.abs(same - 0.5)).toBeLessThan(0.04);
  }
  const heads = dropoutMask({ key, probability: 0.5 }, 1, attentionRows(2, 40), 40);
  const same = heads.filter((value, i) => i < 1600 && value === heads[i + 1600]).length / 1600;
  expect(Math.abs(same - 0.5)).toBeLessThan(0.06);
});

test("the threshold is the probability in 32-bit words", () => {
  expect(dropThreshold(0)).toBe(0);
  expect(dropThreshold(0.5)).toBe(2 ** 31);
  expect(dropThreshold(0.1)).toBe(429496730);
});

test.each([-0.1, 1, 1.5, Number.NaN])("refuses a probability of %d", (probability) => {
  expect(() => dropoutMask({ key: 0, probability }, 1, tokenRows(1), 1)).toThrow(
    expect.objectContaining({ code: "bad_dropout" }),
  );
});
