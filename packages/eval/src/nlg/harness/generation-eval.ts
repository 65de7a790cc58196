import { ConfigError } from "@dylora/errors";
import { multiBleu } from "../bleu/multi-bleu.ts";
import { nltkBleu } from "../bleu/nltk-bleu.ts";
import { chrf } from "../chrf.ts";
import { requireCorpus } from "../corpus.ts";
import type { CorpusMetric, CorpusScore } from "../corpus-metric.ts";
import { type MeteorOptions, meteor } from "../meteor/meteor.ts";
import { pyterTer } from "../ter/pyter.ts";
import { memoize } from "../text/token-index.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { type NltkWordTokenizerOptions, nltkWordTokenizer } from "../text/tokenizer-nltk.ts";
import { strip } from "../text/whitespace.ts";
import { type MetricScores, padWithEmpty } from "./e2e-metrics.ts";

/** Settings of {@link webnlgMetrics}. */
export interface WebnlgMetricsOptions extends NltkWordTokenizerOptions {
  /** `-nr`: reference files. Groups are filled up with `""`, longer ones cut. Default: the size of the largest group. */
  readonly referenceCount?: number;
  /** Data and parameters of METEOR, or false to leave it out. Default: METEOR without synonyms and paraphrases. */
  readonly meteor?: Omit<MeteorOptions, "tokenizer"> | false;
}

/**
 * Scores as WebNLG's GenerationEval `eval.py` reports them: BLEU (multi-bleu-detok, 0 to 100), `BLEU NLTK` (0 to 1),
 * METEOR, TER (pyter, 1 is one edit per word) and chrF++ (0 to 1). Nothing is lower-cased.
 *
 * Blank references are dropped for `BLEU NLTK` and chrF++; for the others they are references. Give the texts that the
 * script would find in its files: microsoft/LoRA's go through {@link loraText} and {@link loraReferences} first. A final
 * line break in the script's files adds an empty instance; here none is added.
 *
 * @throws ConfigError as every metric does on a corpus that cannot be scored, or `blank_references` when an instance has
 * only blank ones.
 */
export function webnlgMetrics(
  predictions: readonly string[],
  references: readonly (readonly string[])[],
  options: WebnlgMetricsOptions = {},
): MetricScores {
  const { referenceCount, meteor: meteorOptions = {}, ...tokenizerOptions } = options;
  requireCorpus(predictions, references);
  const words = nltkWordTokenizer(tokenizerOptions);
  const tokenizer: Tokenizer = { name: words.name, tokenize: memoize(words.tokenize) };
  const padded = padWithEmpty(references, referenceCount);
  const filled = padded.map((group) => group.filter((reference) => strip(reference) !== ""));
  const blank = filled.findIndex((group) => group.length === 0);
  if (blank >= 0) {
    throw new ConfigError(
      "blank_references",
      `instance ${blank + 1} of ${references.length} has only blank references`,
      {
        details: { instance: blank },
      },
    );
  }
  const run = (metric: CorpusMetric, group: readonly (readonly string[])[]) => metric.compute(predictions, group);
  return {
    BLEU: run(multiBleu(), padded),
    "BLEU NLTK": run(nltkBleu({ tokenizer }), filled),
    ...(meteorOptions === false ? {} : { METEOR: run(meteor({ ...meteorOptions, tokenizer }), padded) }),
    TER: run(pyterTer({ tokenizer }), padded),
    "chrF++": asFraction(run(chrf({ wordOrder: 2, epsSmoothing: true }), filled)),
  };
}

/** A score in percent on a scale of 0 to 1. */
function asFraction(result: CorpusScore): CorpusScore {
  const { statistics } = result;
  return {
    ...result,
    score: result.score / 100,
    segments: result.segments.map((score) => score / 100),
    statistics: { ...statistics, scoreOf: (sums) => statistics.scoreOf(sums) / 100 },
  };
}
