import { describe, expect, test } from "vitest";
import { A1, A2, A3, A4, corpusA, corpusOf, instance, padReferences, type TestInstance } from "../fixtures/corpus-a.ts";
import { tokenizerNone } from "../text/tokenizer-none.ts";
import { pyterTer } from "./pyter.ts";
import { ter } from "./ter.ts";

const saudis = instance(
  "THIS WEEK THE SAUDIS denied information published in the new york times",
  "SAUDI ARABIA denied THIS WEEK information published in the AMERICAN new york times",
);

// Edits and reference length of sacreBLEU, and the rate of pyter (NaN: it stops).
const pairs: readonly (readonly [TestInstance, number, number, number])[] = [
  [instance("c d a b", "a b c d"), 1, 4, 0.25],
  [instance("a b c d e f", "e f c d a b"), 4, 6, 0.666667],
  [instance("e d c b a", "a b c d e"), 4, 5, 0.8],
  [instance("a b c x y d e f", "d e f a b c"), 3, 6, 0.5],
  [instance("x b y a", "a b"), 3, 2, 1.5],
  [saudis, 4, 13, 0.307692],
  [instance("", "a b c"), 3, 3, 1],
  [instance("a b", ""), 2, 0, Number.NaN],
  [instance("", ""), 0, 0, Number.NaN],
  [instance("x x x x x x", "a"), 6, 1, 6],
];

test.each(pairs)("%j", (pair, edits, referenceLength, rate) => {
  expect(ter().compute(...corpusOf(pair)).details).toEqual({ edits, referenceLength });
  const { score } = pyterTer({ tokenizer: tokenizerNone }).compute(...corpusOf(pair));
  expect(score).toBeCloseTo(Number.isNaN(rate) ? 1 : rate, 6);
});

describe("corpus A", () => {
  const metrics = [
    ter(),
    ter({ normalized: true }),
    ter({ normalized: true, caseSensitive: true }),
    ter({ noPunctuation: true }),
  ];
  test.each([
    ["A", corpusA, [67.021277, 43.404255, 45.957447, 41.489362]],
    ["A1", [A1], [56, 34.482759, 34.482759, 32]],
    ["A2", [A2], [75, 37.5, 46.875, 32.142857]],
    ["A3", [A3], [75, 80, 80, 75]],
    ["A4", [A4], [72.727273, 44.444444, 44.444444, 54.545455]],
  ] as const)("%s", (_, instances, expected) => {
    expected.forEach((value, i) => {
      expect(metrics[i]!.compute(...corpusOf(...instances)).score).toBeCloseTo(value, 6);
    });
  });
  test("padded with empty references", () => {
    expect(metrics[1]!.compute(...corpusOf(...padReferences(corpusA, "empty"))).score).toBeCloseTo(50, 9);
  });
  test("GenerationEval's TER", () => {
    const { score, segments } = pyterTer().compute(...corpusOf(...corpusA));
    expect(score).toBeCloseTo(0.496474, 6);
    expect([...segments].map((value) => value.toFixed(6))).toEqual(["0.416667", "0.461538", "0.800000", "0.307692"]);
  });
});

test("edge scores", () => {
  expect(ter().compute(["a b"], [[""]]).score).toBe(100);
  expect(ter().compute([""], [[""]]).score).toBe(0);
});

test("the signature names the settings", () => {
  expect(ter({ normalized: true }).compute(...corpusOf(A3)).signature).toBe(
    "nrefs:1|case:lc|tok:tercom|norm:yes|punct:yes|asian:no|like:sacrebleu-2.6.0",
  );
});
