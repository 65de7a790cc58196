import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { A1, A2, A3, A4, corpusA, corpusOf, instance } from "../fixtures/corpus-a.ts";
import { meteor } from "./meteor.ts";
import { normalizeMeteor, parseNonbreakingPrefixes } from "./normalize.ts";
import { paraphraseTable } from "./paraphrases.ts";
import { meteorSynonyms } from "./synonyms.ts";
import { wordNetFiles, wordNetSynonyms } from "./wordnet.ts";

// The synsets of WordNet 3.0 that the examples touch.
const synonyms = meteorSynonyms({
  synsets: "big\n1 2\nlarge\n1\ncheap\n3\ninexpensive\n3\nclose\n4 9\nnear\n4\nbe\n5\n",
  exceptions: "be\nis are was were\n",
});

const toyPairs = [
  ["close to", "near"],
  ["near", "close to"],
  ["is located", "is situated"],
  ["riverside area", "river bank"],
];
const toy = paraphraseTable({ name: "toy" });
for (const [phrase, paraphrase] of toyPairs) for (const line of ["0.5", phrase!, paraphrase!]) toy.add(line);

const empty = meteor({ synonyms, paraphrases: paraphraseTable({ name: "empty" }).finish() });
const withToy = meteor({ synonyms, paraphrases: toy.finish() });

describe("METEOR 1.5 -norm", () => {
  // P, R, penalty, score, chunks as the Java program printed them; null where both tables give the same.
  type Row = readonly [number | null, number | null, number | null, number, number | null];
  const same = [null, null, null] as const;
  const table: readonly (readonly [string, string, Row, Row?])[] = [
    ["the cat sat on the mat", "the cat sat on the mat", [1, 1, 0, 1, null]],
    ["on the mat sat the cat", "the cat sat on the mat", [1, 1, 0.52233, 0.47767, 3]],
    ["the cat was sat on the mat", "the cat sat on the mat", [0.923077, 1, 0.481645, 0.511956, 2]],
    ["the cats are running", "the cat is run", [0.675, 0.675, 0, 0.675, null]],
    [
      "it is a cheap place near the river",
      "it is an inexpensive place close to the river",
      [0.8625, 0.811765, 0.506473, 0.404195, 3],
      [0.825, 0.811765, 0.460622, 0.438904, 2],
    ],
    [
      "a hotel close to the river bank",
      "a hotel near the riverside area",
      [0.493333, 0.528571, 0.52233, 0.249806, 2],
      [0.733333, 0.742857, 0, 0.741413, null],
    ],
    ["the the the", "the cat the", [0.666667, 0.4, 0.6, 0.170213, 2]],
    ["a b a", "a a b", [1, 1, 0.553265, 0.446735, 2]],
    ["the big dog big", "the large dog", [0.64, 0.914286, 0.481645, 0.445298, 1]],
    ["a big dog barks loud", "a large dog barks noisy", [0.723077, 0.723077, 0.454715, 0.394283, 1]],
    ["q big w", "p large r", [...same, 0.106667, null]],
    ["q big w big", "p large r", [...same, 0, null]],
    ["a", "a", [...same, 1, null]],
    ["", "a", [...same, 0, null]],
    ["a", "", [...same, 0, null]],
    ["x", "y", [...same, 0, null]],
  ];
  const check = (metric: typeof empty, hypothesis: string, reference: string, expected: Row) => {
    const { score, details } = metric.compute(...corpusOf(instance(hypothesis, reference)));
    const found = [details["precision"], details["recall"], details["penalty"], score, details["chunks"]];
    expected.forEach((value, k) => {
      if (value !== null) expect(found[k], `column ${k}`).toBeCloseTo(value, 6);
    });
  };
  for (const [hypothesis, reference, expected, withTable = expected] of table) {
    test(`${hypothesis} / ${reference}`, () => {
      check(empty, hypothesis, reference, expected);
      check(withToy, hypothesis, reference, withTable);
    });
  }

  const dict = "/usr/share/wordnet";
  describe.skipIf(!existsSync(dict))("with WordNet 3.0 of Debian's wordnet-base", () => {
    const texts = existsSync(dict) ? wordNetFiles.map((name) => [name, readFileSync(`${dict}/${name}`, "utf8")]) : [];
    const wordnet = existsSync(dict) ? wordNetSynonyms(Object.fromEntries(texts)) : synonyms;
    const metric = meteor({ synonyms: wordnet, paraphrases: paraphraseTable().finish() });
    for (const [hypothesis, reference, expected] of table) {
      test(`${hypothesis} / ${reference}`, () => check(metric, hypothesis, reference, expected));
    }
    test("A", () => expect(metric.compute(...corpusOf(...corpusA)).score).toBeCloseTo(0.413261, 6));
  });

  test.each([
    ["A1", [A1], [0.972727, 0.891667, 0.499532, 0.451899, 4], 0.479329],
    ["A2", [A2], [1, 0.966667, 0.514035, 0.472127, 6], 0.472127],
    ["A3", [A3], [1, 0.333333, 0.6, 0.148148, 1], 0.148148],
    ["A4", [A4], [0.677419, 0.75, 0.462697, 0.396603, 3], 0.396603],
    ["A", corpusA, [0.875294, 0.817582, 0.499532, 0.413261, 14], 0.419998],
  ] as const)("%s", (_, instances, [precision, recall, penalty, score, chunks], toyScore) => {
    const result = empty.compute(...corpusOf(...instances));
    expect(result.score).toBeCloseTo(score, 6);
    expect(result.details).toEqual({
      precision: expect.closeTo(precision, 6),
      recall: expect.closeTo(recall, 6),
      penalty: expect.closeTo(penalty, 6),
      chunks,
    });
    expect(withToy.compute(...corpusOf(...instances)).score).toBeCloseTo(toyScore, 6);
  });
});

test("the signature says which modules ran on what", () => {
  expect(meteor().signature).toBe(
    "lang:en|tok:none|norm:yes|task:rank|params:0.85_0.2_0.6_0.75|modules:ex_st|weights:1_0.6|syn:none|par:none|like:meteor-1.5",
  );
  expect(withToy.signature).toContain("modules:ex_st_sy_pa|weights:1_0.6_0.8_0.6|syn:meteor-english|par:toy");
});

// Printed by the Java normaliser.
test.each([
  ["It costs $1,000.50 - or 3-4 times less; isn't it?", "It costs $ 1,000.50 - or 3 4 times less ; isn 't it ?"],
  [
    "The U.S. and Dr. Smith’s “test”... e.g. No. 5 vs. x. End.",
    'The US and Dr. Smith \'s " test " ... eg No. 5 vs. x . End .',
  ],
  [
    "family-friendly co-op U.S.-based 1990's 'tis rock 'n' roll £20–25 -- ok",
    "family friendly co op US based 1990 's ' tis rock ' n ' roll £ 20 - 25 - ok",
  ],
])("-norm: %s", (input, expected) => expect(normalizeMeteor(input)).toBe(expected));

test("prefix lists in METEOR's form", () => {
  const prefixes = parseNonbreakingPrefixes("# comment\n\nFoo\nBar #NUMERIC_ONLY#\n");
  expect(normalizeMeteor("Foo. Bar. Bar. 5 Dr. X", prefixes)).toBe("Foo. Bar . Bar. 5 Dr . X");
});

test("other parameters", () => {
  const pair = corpusOf(instance("the cats are running", "the cat is run"));
  expect(meteor({ parameters: "hter" }).compute(...pair).score).toBeLessThan(
    meteor({ parameters: "adq" }).compute(...pair).score,
  );
});
