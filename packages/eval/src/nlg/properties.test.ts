import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bleu } from "./bleu/bleu.ts";
import { mtevalBleu } from "./bleu/mteval-bleu.ts";
import { multiBleu } from "./bleu/multi-bleu.ts";
import { nltkBleu } from "./bleu/nltk-bleu.ts";
import { chrf } from "./chrf.ts";
import { cider, ciderD } from "./cider.ts";
import type { CorpusMetric } from "./corpus-metric.ts";
import { meteor } from "./meteor/meteor.ts";
import { mtevalNist } from "./nist/mteval-nist.ts";
import { nltkNist } from "./nist/nltk-nist.ts";
import { rougeL } from "./rouge-l.ts";
import { rougeScore } from "./rouge-score.ts";
import { scoreSegments, sumRows } from "./segment-statistics.ts";
import { pyterTer } from "./ter/pyter.ts";
import { ter } from "./ter/ter.ts";
import { tokenizerNone } from "./text/tokenizer-none.ts";

const word = fc.constantFrom("a", "b", "c", "the", "pub", "centre", "£20", "family-friendly", "isn't", ".");
const text = fc.array(word, { minLength: 1, maxLength: 9 }).map((words) => words.join(" "));
const corpus = fc
  .array(fc.record({ hypothesis: text, references: fc.array(text, { minLength: 1, maxLength: 3 }) }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((instances) => ({
    hypotheses: instances.map(({ hypothesis }) => hypothesis),
    references: instances.map(({ references }) => references),
  }));

const none = { tokenizer: tokenizerNone };
/** Metrics with their best score and the largest one a score can reach. */
const metrics: readonly (readonly [string, CorpusMetric, { best: number; most: number }])[] = [
  ["BLEU", bleu({ effectiveOrder: true }), { best: 100, most: 100 }],
  ["mteval BLEU", mtevalBleu(), { best: 1, most: 1 }],
  ["chrF", chrf(), { best: 100, most: 100 }],
  ["chrF++", chrf({ wordOrder: 2 }), { best: 100, most: 100 }],
  ["ROUGE-L", rougeL(none), { best: 1, most: 1 }],
  ["rougeL", rougeScore(), { best: 1, most: 1 }],
  ["rouge1", rougeScore({ type: "rouge1" }), { best: 1, most: 1 }],
  ["METEOR", meteor(), { best: 1, most: 1 }],
  ["TER", ter(), { best: 0, most: Number.POSITIVE_INFINITY }],
  ["pyter", pyterTer(none), { best: 0, most: Number.POSITIVE_INFINITY }],
];
const unbounded: readonly (readonly [string, CorpusMetric])[] = [
  ["multi-bleu", multiBleu()],
  ["nltk BLEU", nltkBleu(none)],
  ["NIST", mtevalNist()],
  ["nltk NIST", nltkNist(none)],
  ["CIDEr-D", ciderD(none)],
  ["CIDEr", cider(none)],
];
const all = [...metrics.map(([name, metric]) => [name, metric] as const), ...unbounded];

describe.each(metrics)("%s", (name, metric, { best, most }) => {
  test("identical texts get the best score", () => {
    // rouge_score sees letters and digits only: a text of marks has nothing to match.
    const texts = name.startsWith("rouge") ? text.map((line) => `${line} a`) : text;
    fc.assert(
      fc.property(fc.array(texts, { minLength: 1, maxLength: 4 }), (lines) => {
        expect(
          metric.compute(
            lines,
            lines.map((line) => [line]),
          ).score,
        ).toBeCloseTo(best, 9);
      }),
    );
  });

  test("scores stay in bounds", () => {
    fc.assert(
      fc.property(corpus, ({ hypotheses, references }) => {
        const { score, segments } = metric.compute(hypotheses, references);
        for (const value of [score, ...segments]) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(most * (1 + 1e-12));
        }
      }),
    );
  });
});

describe.each(all)("%s", (name, metric) => {
  // METEOR and chrF keep the first of references with equal scores, whose counts may differ.
  test.skipIf(["METEOR", "chrF", "chrF++"].includes(name))("the order of references does not matter", () => {
    fc.assert(
      fc.property(corpus, ({ hypotheses, references }) => {
        const reversed = references.map((group) => group.toReversed());
        expect(metric.compute(hypotheses, reversed).score).toBeCloseTo(metric.compute(hypotheses, references).score, 9);
      }),
    );
  });

  test("the order of instances does not matter", () => {
    fc.assert(
      fc.property(corpus, ({ hypotheses, references }) => {
        const score = metric.compute(hypotheses.toReversed(), references.toReversed()).score;
        expect(score).toBeCloseTo(metric.compute(hypotheses, references).score, 9);
      }),
    );
  });

  test("a corpus score is a function of summed statistics", () => {
    fc.assert(
      fc.property(corpus, ({ hypotheses, references }) => {
        const { score, statistics, segments } = metric.compute(hypotheses, references);
        const indices = Int32Array.from(hypotheses, (_, i) => i);
        expect(scoreSegments(statistics, indices)).toBe(score);
        expect(statistics.scoreOf(sumRows(statistics))).toBe(score);
        expect(segments).toHaveLength(hypotheses.length);
      }),
    );
  });
});

test("one more reference never adds TER edits, nor takes BLEU matches or ROUGE-L away", () => {
  fc.assert(
    fc.property(corpus, text, ({ hypotheses, references }, added) => {
      const more = references.map((group) => [...group, added]);
      const edits = (groups: typeof references) => ter().compute(hypotheses, groups).details["edits"] as number;
      expect(edits(more)).toBeLessThanOrEqual(edits(references));
      const matches = (groups: typeof references) => bleu().compute(hypotheses, groups).details["matches"] as number[];
      const before = matches(references);
      matches(more).forEach((count, n) => void expect(count).toBeGreaterThanOrEqual(before[n]!));
      const rouge = (groups: typeof references) => rougeL(none).compute(hypotheses, groups).score;
      expect(rouge(more)).toBeGreaterThanOrEqual(rouge(references) - 1e-12);
    }),
  );
});

test("plain CIDEr and CIDEr-D of identical texts agree", () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: 2, maxLength: 5 }), (lines) => {
      const groups = lines.map((line) => [line]);
      expect(ciderD(none).compute(lines, groups).score).toBeCloseTo(cider(none).compute(lines, groups).score, 9);
    }),
  );
});
