import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bleu } from "./bleu/bleu.ts";
import { nltkBleu } from "./bleu/nltk-bleu.ts";
import { chrf } from "./chrf.ts";
import type { CorpusMetric } from "./corpus-metric.ts";
import { nltkNist } from "./nist/nltk-nist.ts";
import { ter } from "./ter/ter.ts";
import { stemEnglish } from "./text/english-stemmer.ts";
import { stemPorter } from "./text/porter-stemmer.ts";
import { tokenizerIntl } from "./text/tokenizer-intl.ts";
import { nltkWordTokenizer } from "./text/tokenizer-nltk.ts";
import { tokenizerNone } from "./text/tokenizer-none.ts";

interface Golden {
  readonly references: readonly (readonly string[])[];
  readonly systems: Readonly<Record<string, readonly string[]>>;
  readonly scores: Readonly<Record<string, Readonly<Record<string, { score: number; rows?: number[][] }>>>>;
  readonly longPairs: readonly (readonly [string, string, number])[];
}

const read = (name: string) => JSON.parse(readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8"));
const golden: Golden = read("nlg-scores.json");

const metrics: Readonly<Record<string, CorpusMetric>> = {
  bleu: bleu(),
  "bleu-intl": bleu({ tokenizer: tokenizerIntl }),
  "bleu-none": bleu({ tokenizer: tokenizerNone }),
  "bleu-lc": bleu({ lowercase: true }),
  "bleu-floor": bleu({ smoothing: "floor" }),
  "bleu-add-k": bleu({ smoothing: "add-k" }),
  "bleu-unsmoothed": bleu({ smoothing: "none" }),
  "bleu-effective": bleu({ effectiveOrder: true }),
  chrf: chrf(),
  "chrf++": chrf({ wordOrder: 2 }),
  "chrf++-lc": chrf({ wordOrder: 2, lowercase: true }),
  "chrf++-eps": chrf({ wordOrder: 2, epsSmoothing: true }),
  "chrf-space": chrf({ whitespace: true }),
  ter: ter(),
  "ter-normalized": ter({ normalized: true }),
  "ter-normalized-case": ter({ normalized: true, caseSensitive: true }),
  "ter-no-punct": ter({ noPunctuation: true }),
  "nltk-bleu": nltkBleu(),
  "nltk-nist": nltkNist({ tokenizer: nltkWordTokenizer() }),
};

describe.each(Object.keys(golden.systems))("system %s, scored by sacreBLEU 2.6.0 and nltk 3.10.3", (system) => {
  test.each(Object.keys(metrics))("%s", (name) => {
    const { score, statistics } = metrics[name]!.compute(golden.systems[system]!, golden.references);
    const expected = golden.scores[system]![name]!;
    expect(score).toBeCloseTo(expected.score, 8);
    expected.rows?.forEach((row, i) => {
      const found = statistics.rows.subarray(i * statistics.width, (i + 1) * statistics.width);
      expect(
        [...found].map((value) => Number(value.toFixed(9))),
        `segment ${i}`,
      ).toEqual(row);
    });
  });
});

test.each(golden.longPairs)("TER of a long pair %#", (hypothesis, reference, edits) => {
  expect(ter().compute([hypothesis], [[reference]]).details["edits"]).toBe(edits);
});

/** Words on which nltk's Snowball stemmer departs from Snowball's own (it loses region R2 after "-ational", "-izer"…). */
const nltkErrors = /(?:at|iz)e$/;

test("stems are nltk's", () => {
  const stems: readonly (readonly [string, string, string])[] = read("nlg-stems.json").stems;
  const wrongEnglish = stems.filter(([word, snowball]) => stemEnglish(word) !== snowball);
  expect(
    wrongEnglish.every(([word, snowball]) => nltkErrors.test(snowball) && `${stemEnglish(word)}e` === snowball),
  ).toBe(true);
  expect(wrongEnglish.length).toBeLessThan(20);
  expect(stems.filter(([word, , porter]) => stemPorter(word) !== porter)).toEqual([]);
});

test.each([
  ["realization", "realiz"],
  ["rotationally", "rotat"],
  ["vocationally", "vocat"],
  ["theorizer", "theoriz"],
])("where nltk departs, the stem of %s is libstemmer's", (word, stem) => expect(stemEnglish(word)).toBe(stem));
