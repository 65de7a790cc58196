import { describe, expect, test } from "vitest";
import { A1, A2, A4, corpusA, corpusOf, instance, type TestInstance } from "../fixtures/corpus-a.ts";
import { tokenizer13a } from "../text/tokenizer-13a.ts";
import { mtevalNist } from "./mteval-nist.ts";
import { nltkNist } from "./nltk-nist.ts";
import { pymtevalNist } from "./pymteval-nist.ts";

const firstTwo = ({ hypothesis, references }: TestInstance) => ({ hypothesis, references: references.slice(0, 2) });

// Scores of mteval-v13a-sig.pl, pymteval and nltk (on 13a lower-cased tokens).
const table: readonly (readonly [string, readonly TestInstance[], number, number, number | null])[] = [
  ["same", [instance("a b c d e f", "a b c d e f")], 2.584963, 2.584963, 2.584963],
  ["two changes", [instance("a b c d e f g", "a b x d e f g h")], 2.385204, 2.385204, 2.385204],
  ["repeats", [instance("a a a a a a", "a a b a a c")], 0.789975, 0.789975, 0.789975],
  ["short", [instance("a b c d e", "a b c d e f g h")], 1.182044, 1.182044, null],
  [
    "two instances",
    [instance("a b c d e", "a b c d f", "a b d e"), instance("f g h i j k", "f g h i j", "g h i j k l", "k")],
    4.837628,
    4.837628,
    3.907711,
  ],
  ["A1", [A1], 2.546605, 2.546605, 2.457502],
  ["A2", [A2], 4.062588, 4.062588, 3.802925],
  ["A4", [A4], 3.072231, 3.072231, 3.072231],
  ["A1 and A2 with two references", [A1, A2].map(firstTwo), 4.067004, 4.067004, 3.93134],
  ["A124", [A1, A2, A4], 5.188952, 5.188952, null],
  ["A", corpusA, 5.085355, 5.287076, 4.270668],
];

const nltk = nltkNist({
  tokenizer: { name: "13a-lc", tokenize: (text) => tokenizer13a.tokenize(text.toLowerCase()) },
});

describe.each(table)("NIST of %s", (_, instances, perl, python, toolkit) => {
  const corpus = corpusOf(...instances);
  test("mteval", () => expect(mtevalNist().compute(...corpus).score).toBeCloseTo(perl, 6));
  test("pymteval", () => expect(pymtevalNist().compute(...corpus).score).toBeCloseTo(python, 6));
  test.skipIf(toolkit === null)("nltk", () => expect(nltk.compute(...corpus).score).toBeCloseTo(toolkit!, 6));
});

test("case-sensitive mteval", () => {
  expect(mtevalNist({ caseSensitive: true }).compute(...corpusOf(...corpusA)).score).toBeCloseTo(5.095743, 6);
});

test("the token 0 is no history in Perl", () => {
  const corpus = corpusOf(instance("x 0 stars a b c", "x 0 stars a b c"), instance("y 0 kids", "y 0 kids"));
  expect(mtevalNist().compute(...corpus).score).toBeCloseTo(3.853396, 6);
  expect(pymtevalNist().compute(...corpus).score).toBeCloseTo(3.233417, 6);
});

test("the length penalty is one half at two thirds", () => {
  const corpus = corpusOf(instance("a b c d", "a b c d e f"));
  expect(mtevalNist().compute(...corpus).details).toMatchObject({ penalty: expect.closeTo(0.5, 12) });
});

test("mteval's ASCII lower case", () => {
  const corpus = corpusOf(instance("CAFÉ École is here now", "café école is here now"));
  expect(mtevalNist().compute(...corpus).score).toBeCloseTo(1.393157, 6);
  expect(pymtevalNist().compute(...corpus).score).toBeCloseTo(2.321928, 6);
});

test("texts without words score 0", () => {
  const corpus = corpusOf(instance("", "a b"), instance("", "c"));
  for (const metric of [mtevalNist(), pymtevalNist(), nltkNist()]) expect(metric.compute(...corpus).score).toBe(0);
});
