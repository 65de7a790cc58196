import { describe, expect, test } from "vitest";
import { chrf } from "./chrf.ts";
import { cider, ciderD } from "./cider.ts";
import { A1, A2, A3, A4, corpusA, corpusOf, instance, type TestInstance } from "./fixtures/corpus-a.ts";
import { rougeL } from "./rouge-l.ts";
import { type RougeType, rougeScore } from "./rouge-score.ts";
import { tokenizerNone } from "./text/tokenizer-none.ts";

/** Corpus A after Penn Treebank tokenisation. */
const corpusT = [
  instance(
    "the vaults is a cheap pub near café adriatic",
    "the vaults pub near café adriatic has a 5 star rating prices start at £ 30",
    "close to café adriatic the vaults is a cheap pub",
  ),
  instance(
    "aromi serves chinese food in the city centre and is family-friendly",
    "aromi is a family-friendly coffee shop in the city centre serving chinese food",
    "in the city centre aromi is family-friendly and serves chinese food",
    "aromi offers chinese food",
  ),
  instance("wildwood", "wildwood is a pub"),
  instance(
    "it costs $ 1,000.50 or 3-4 times less is n't it",
    "it costs $ 1,000.5 or 3-4 times less does n't it",
    "costs 1,000",
  ),
];

describe("ROUGE-L as coco-caption", () => {
  const metric = rougeL({ tokenizer: tokenizerNone });
  test.each([
    [instance("a b c d", "a c b d"), 0.75],
    [instance("the the the", "the cat the"), 0.666667],
    [instance("a b", "a b c d e f", "b"), 1],
    [instance("", "a b"), 0],
    [instance("x", "y"), 0],
    [instance("a", "a"), 1],
    [instance("", ""), 1],
  ])("%j", (pair, expected) => expect(metric.compute(...corpusOf(pair)).score).toBeCloseTo(expected, 6));
  test("corpus T", () => {
    const { score, segments } = metric.compute(...corpusOf(...corpusT));
    expect(score).toBeCloseTo(0.613715, 6);
    expect([...segments].map((value) => value.toFixed(6))).toEqual(["0.625641", "0.650089", "0.360947", "0.818182"]);
  });
});

describe("CIDEr", () => {
  const d = ciderD({ tokenizer: tokenizerNone });
  const plain = cider({ tokenizer: tokenizerNone });
  const same = (...texts: string[]) => texts.map((text) => instance(text, text));
  const table: readonly (readonly [readonly TestInstance[], number, number, readonly number[]])[] = [
    [same("a b c d e", "f g h i j"), 10, 10, []],
    [same("a b c", "f g h"), 7.5, 7.5, []],
    [same("a", "f"), 2.5, 2.5, []],
    [same("a b c d e"), 0, 0, []],
    [same("a b c d e", "a b c d e"), 0, 0, []],
    [[instance("a a a a b", "a b c d"), instance("f g h i", "f g h i")], 5.524058, 5.986142, [1.048116, 10]],
    [[instance("a b c d e f g h", "a b c d"), instance("k l m n", "k l m n")], 7.388524, 7.982905, [4.777048]],
    [
      [instance("a b c d", "a b c d"), instance("a b e f", "a b e f"), instance("g h i j", "g h i k", "g h")],
      7.971546,
      8.000468,
      [10, 10, 3.914639],
    ],
    [corpusT, 2.827617, 3.219417, [3.764105, 3.133183, 1.908663, 2.504516]],
  ];
  test.each(table)("%j", (instances, expectedD, expectedPlain, segments) => {
    const result = d.compute(...corpusOf(...instances));
    expect(result.score).toBeCloseTo(expectedD, 6);
    segments.forEach((value, i) => void expect(result.segments[i]).toBeCloseTo(value, 6));
    expect(plain.compute(...corpusOf(...instances)).score).toBeCloseTo(expectedPlain, 6);
  });
});

describe("rouge_score", () => {
  const fox = instance("The quick brown dog jumps on the log.", "The quick brown fox jumps over the lazy dog");
  const parts = (type: RougeType, useStemmer: boolean, pair: TestInstance) => {
    const { score, details } = rougeScore({ type, useStemmer }).compute(...corpusOf(pair));
    return [details["precision"], details["recall"], score];
  };
  const table: readonly (readonly [RougeType, boolean, TestInstance, readonly number[]])[] = [
    ["rougeL", false, fox, [0.625, 0.555556, 0.588235]],
    ["rouge1", false, fox, [0.75, 0.666667, 0.705882]],
    ["rouge2", false, fox, [0.285714, 0.25, 0.266667]],
    ["rougeL", false, instance(A1.hypothesis, A1.references[0]!), [0.666667, 0.4, 0.5]],
    ["rougeL", false, instance("cafe adriatic cost 30.5", "Café Adriatic costs £30.50"), [0.4, 0.4, 0.4]],
    ["rougeL", true, instance("cafe adriatic cost 30.5", "Café Adriatic costs £30.50"), [0.6, 0.6, 0.6]],
    ["rougeL", false, instance("the dog was run bark", "running dogs are barking"), [0, 0, 0]],
    ["rougeL", true, instance("the dog was run bark", "running dogs are barking"), [0.4, 0.5, 0.444444]],
    ["rougeL", false, instance("sat here\nthe cat", "the cat\nsat here"), [0.5, 0.5, 0.5]],
    ["rougeLsum", false, instance("sat here\nthe cat", "the cat\nsat here"), [1, 1, 1]],
    ["rougeL", false, instance("", "a"), [0, 0, 0]],
    ["rougeLsum", false, instance("a", ""), [0, 0, 0]],
  ];
  test.each(table)("%s, stemmer %s, %j", (type, useStemmer, pair, expected) => {
    parts(type, useStemmer, pair).forEach((value, i) => void expect(value).toBeCloseTo(expected[i]!, 6));
  });
});

describe("chrF", () => {
  const table: readonly (readonly [string, readonly TestInstance[], readonly (number | null)[]])[] = [
    ["A", corpusA, [73.518379, 70.114519, 70.104268, 71.288112]],
    ["A1", [A1], [72.183115, 70.923585, 70.910869, 70.923585]],
    ["A2", [A2], [78.082208, 74.608717, 74.600451, 77.978865]],
    ["A3", [A3], [48.45076, 45.087881, 39.204118, 45.087881]],
    ["A4", [A4], [75.533732, 72.58191, 72.568039, 72.58191]],
    ["A124", [A1, A2, A4], [75.652206, 72.968673, null, null]],
    ["The cat.", [instance("The cat.", "the cat sat.")], [37.905495, 35.026244, 34.975969, null]],
    ["(hi) there!", [instance("(hi) there!", "(hi), there")], [48.300265, 40.179143, 40.131448, null]],
    ["a", [instance("a", "a")], [100, 100, 25, null]],
    ["abc", [instance("abc", "abc")], [100, 100, 50, null]],
    ["empty hypothesis", [instance("", "a")], [0, 0, 0, null]],
    ["empty reference", [instance("a", "")], [0, 0, 0, null]],
  ];
  const metrics = [
    chrf(),
    chrf({ wordOrder: 2 }),
    chrf({ wordOrder: 2, epsSmoothing: true }),
    chrf({ wordOrder: 2, lowercase: true }),
  ];
  test.each(table)("%s", (_, instances, expected) => {
    expected.forEach((value, i) => {
      if (value !== null) expect(metrics[i]!.compute(...corpusOf(...instances)).score).toBeCloseTo(value, 6);
    });
  });
  test("other settings", () => {
    expect(chrf({ beta: 1 }).compute(...corpusOf(...corpusA)).score).toBeCloseTo(75.414813, 6);
    expect(chrf({ whitespace: true }).compute(...corpusOf(...corpusA)).score).toBeCloseTo(75.341259, 6);
    expect(metrics[1]!.compute(...corpusOf(A1))).toMatchObject({
      name: "chrF2++",
      signature: "nrefs:2|case:mixed|eff:yes|nc:6|nw:2|space:no|like:sacrebleu-2.6.0",
    });
  });
  test("characters are code points", () => {
    expect(chrf({ charOrder: 1 }).compute(["😀b"], [["😁b"]]).details["matches"]).toEqual([1]);
  });
});
