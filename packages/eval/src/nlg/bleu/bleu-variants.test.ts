import { describe, expect, test } from "vitest";
import type { CorpusMetric } from "../corpus-metric.ts";
import { A1, A2, A3, A4, corpusA, corpusOf, instance, padReferences, type TestInstance } from "../fixtures/corpus-a.ts";
import { tokenizer13a } from "../text/tokenizer-13a.ts";
import { tokenizerIntl } from "../text/tokenizer-intl.ts";
import { bleu } from "./bleu.ts";
import { mtevalBleu } from "./mteval-bleu.ts";
import { multiBleu } from "./multi-bleu.ts";
import { nltkBleu } from "./nltk-bleu.ts";
import { pymtevalBleu } from "./pymteval-bleu.ts";

const the = instance("the the the the", "the cat is on the mat");
const none = instance("x y z w", "a b c d");
const short = instance("a b c", "a b c");
const empty = instance("", "a b c d");

const metrics = {
  "sacre 13a exp": bleu(),
  intl: bleu({ tokenizer: tokenizerIntl }),
  "add-k": bleu({ smoothing: "add-k" }),
  none: bleu({ smoothing: "none" }),
  "multi-bleu-detok": multiBleu(),
  mteval: mtevalBleu(),
  pymteval: pymtevalBleu(),
} as const satisfies Record<string, CorpusMetric>;
const columns = Object.keys(metrics) as (keyof typeof metrics)[];

// Scores printed by the reference tools; null where a tool was not run.
const table: readonly (readonly [string, readonly TestInstance[], readonly (number | null)[]])[] = [
  ["A", corpusA, [44.643839, 45.424205, 46.180902, 44.643839, null, 0.446438, 0.45853]],
  ["A padded with ''", padReferences(corpusA, "empty"), [50.922011, null, null, null, 50.922011, 0.446438, null]],
  ["A padded with ref 0", padReferences(corpusA, "first"), [44.643839, null, null, null, 44.643839, null, null]],
  ["A1", [A1], [64.321887, 64.321887, 66.586413, 64.321887, 64.321887, 0.643219, 0.643219]],
  ["A2", [A2], [33.784549, 43.263549, 41.755368, 33.784549, 33.784549, 0.337845, 0.337845]],
  ["A3", [A3], [0, 0, 1.831564, 0, 0, 0.018316, 0.000001]],
  ["A4", [A4], [44.803043, 40.484119, 49.079274, 44.803043, 44.803043, 0.44803, 0.44803]],
  ["A124", [A1, A2, A4], [49.489514, null, null, null, null, 0.494895, 0.494895]],
  ["the the the the", [the], [11.521591, 11.521591, 23.043182, 0, 0, 0.115216, 0]],
  ["no match", [none], [0, 0, 0, 0, 0, 0.079868, 0]],
  ["three words", [short], [0, 0, 100, 0, 0, 1, 0.031623]],
  ["empty hypothesis", [empty], [0, 0, 0, 0, null, 0, 0]],
  ["empty hypothesis and A1", [empty, A1], [43.11625, 43.11625, 44.634207, 43.11625, null, 0.431163, 0.547637]],
];

describe.each(table)("%s", (_, instances, expected) => {
  test.each(columns.map((name, i) => [name, expected[i]!] as const).filter(([, value]) => value !== null))(
    "%s BLEU is %f",
    (name, value) => {
      expect(metrics[name].compute(...corpusOf(...instances)).score).toBeCloseTo(value, 5);
    },
  );
});

test("other settings of sacreBLEU", () => {
  expect(bleu({ effectiveOrder: true }).compute(...corpusOf(A3)).score).toBeCloseTo(1.831564, 6);
  expect(bleu().compute(...corpusOf(A3)).segments[0]).toBeCloseTo(1.831564, 6);
  expect(bleu({ effectiveOrder: true }).compute(...corpusOf(short)).score).toBeCloseTo(100, 9);
  expect(bleu({ smoothing: "floor" }).compute(...corpusOf(the)).score).toBeCloseTo(5.795053, 6);
});

test("what A's score is made of", () => {
  expect(bleu().compute(...corpusOf(...corpusA)).details).toMatchObject({
    matches: [34, 22, 14, 8],
    totals: [38, 34, 31, 28],
    hypothesisLength: 38,
    referenceLength: 44,
    brevityPenalty: expect.closeTo(0.85394, 6),
  });
});

test("case and whitespace traps", () => {
  const spaced = corpusOf(instance("a\u00a0b c d e f", "a b c d e f"));
  expect(multiBleu().compute(...spaced).score).toBeCloseTo(54.751825, 6);
  expect(mtevalBleu().compute(...spaced).score).toBeCloseTo(1, 9);
  expect(pymtevalBleu().compute(...spaced).score).toBeCloseTo(1, 9);
  expect(bleu().compute(...spaced).score).toBeCloseTo(100, 9);
  const upper = corpusOf(instance("CAFÉ École is here now", "café école is here now"));
  expect(mtevalBleu().compute(...upper).score).toBeCloseTo(0.397635, 6);
  expect(pymtevalBleu().compute(...upper).score).toBeCloseTo(1, 9);
  expect(bleu().compute(...upper).score).toBeCloseTo(39.763536, 6);
  expect(bleu({ lowercase: true }).compute(...upper).score).toBeCloseTo(100, 9);
});

test("nltk's corpus_bleu with method3", () => {
  const lower = { name: "13a-lc", tokenize: (text: string) => tokenizer13a.tokenize(text.toLowerCase()) };
  const metric = nltkBleu({ tokenizer: lower });
  expect(metric.compute(...corpusOf(A1)).score).toBeCloseTo(0.643219, 6);
  expect(metric.compute(...corpusOf(the)).score).toBeCloseTo(0.115216, 6);
  expect(metric.compute(...corpusOf(instance("a", "a"))).score).toBeCloseTo(0.353553, 6);
  expect(metric.compute(...corpusOf(short)).score).toBeCloseTo(0.840896, 6);
  expect(metric.compute(...corpusOf(none)).score).toBe(0);
});

test("GenerationEval's BLEU NLTK on A", () => {
  expect(nltkBleu().compute(...corpusOf(...corpusA)).score).toBeCloseTo(0.40108, 6);
});

test("signatures name the settings", () => {
  expect(bleu().compute(...corpusOf(...corpusA)).signature).toBe(
    "nrefs:var|case:mixed|eff:no|tok:13a|smooth:exp|like:sacrebleu-2.6.0",
  );
  expect(bleu({ smoothing: "floor", lowercase: true }).compute(...corpusOf(A1)).signature).toBe(
    "nrefs:2|case:lc|eff:no|tok:13a|smooth:floor[0.10]|like:sacrebleu-2.6.0",
  );
});

test("settings out of range are refused", () => {
  expect(() => bleu({ maxOrder: 0 })).toThrow(/maxOrder is 0/);
  expect(() => bleu({ smoothing: "floor", smoothingValue: -1 })).toThrow(/smoothing value is -1/);
});
