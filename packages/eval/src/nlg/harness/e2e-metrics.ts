import { mtevalBleu } from "../bleu/mteval-bleu.ts";
import { pymtevalBleu } from "../bleu/pymteval-bleu.ts";
import { chrf } from "../chrf.ts";
import { ciderD } from "../cider.ts";
import { requireCorpus } from "../corpus.ts";
import type { CorpusMetric, CorpusScore } from "../corpus-metric.ts";
import { type MeteorOptions, meteor } from "../meteor/meteor.ts";
import { mtevalNist } from "../nist/mteval-nist.ts";
import { pymtevalNist } from "../nist/pymteval-nist.ts";
import { rougeL } from "../rouge-l.ts";
import { ter } from "../ter/ter.ts";
import { memoize } from "../text/token-index.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { tokenizerPtb } from "../text/tokenizer-ptb.ts";

/** Settings of {@link e2eMetrics}. */
export interface E2eMetricsOptions {
  /**
   * Which of the script's two implementations of BLEU and NIST: `pymteval` (`measure_scores.py -p`, as microsoft/LoRA
   * calls it; default) or `mteval` (the Perl script, references filled up with `""`).
   */
  readonly implementation?: "pymteval" | "mteval";
  /** Data and parameters of METEOR, or false to leave it out. Default: METEOR without synonyms and paraphrases. */
  readonly meteor?: Omit<MeteorOptions, "tokenizer"> | false;
}

/** Scores by the names under which they are reported. */
export type MetricScores = Readonly<Record<string, CorpusScore>>;

/**
 * Scores as tuetschek/e2e-metrics' `measure_scores.py` reports them, in its order: BLEU, NIST (pymteval or mteval), METEOR,
 * ROUGE_L and CIDEr (on Penn Treebank tokens without punctuation); then TER, chrF and chrF++ as sacreBLEU.
 *
 * `CIDEr` is coco-caption's, which is CIDEr-D; BLEU and METEOR are on a scale of 0 to 1, TER and chrF in percent.
 *
 * @throws ConfigError as every metric does on a corpus that cannot be scored.
 * @example
 * ```ts
 * import { e2eMetrics } from "@dylora/eval/nlg";
 *
 * const scores = e2eMetrics(["Aromi is a cheap pub."], [["Aromi is a pub that is cheap.", "Aromi is a cheap pub."]]);
 * for (const [name, { score, signature }] of Object.entries(scores)) console.log(name, score.toFixed(4), signature);
 * ```
 */
export function e2eMetrics(
  predictions: readonly string[],
  references: readonly (readonly string[])[],
  options: E2eMetricsOptions = {},
): MetricScores {
  const { implementation = "pymteval", meteor: meteorOptions = {} } = options;
  requireCorpus(predictions, references);
  // Three metrics see the same tokens: make them once.
  const tokenizer: Tokenizer = { name: tokenizerPtb.name, tokenize: memoize(tokenizerPtb.tokenize) };
  const perl = implementation === "mteval";
  const mtevalReferences = perl ? padWithEmpty(references) : references;
  const run = (metric: CorpusMetric, group = references) => metric.compute(predictions, group);
  return {
    BLEU: run(perl ? mtevalBleu() : pymtevalBleu(), mtevalReferences),
    NIST: run(perl ? mtevalNist() : pymtevalNist(), mtevalReferences),
    ...(meteorOptions === false
      ? {}
      : { METEOR: run(meteor({ ...meteorOptions, tokenizer: withoutBars(tokenizer) })) }),
    ROUGE_L: run(rougeL({ tokenizer })),
    CIDEr: run(ciderD({ tokenizer })),
    TER: run(ter()),
    chrF: run(chrf()),
    "chrF++": run(chrf({ wordOrder: 2 })),
  };
}

/** Groups filled up with empty references to the size of the largest. */
export function padWithEmpty(references: readonly (readonly string[])[], count?: number): string[][] {
  const size = count ?? Math.max(...references.map((group) => group.length));
  return references.map((group) => Array.from({ length: size }, (_, i) => group[i] ?? ""));
}

/** `|||` separates fields in METEOR's input: the harness deletes it. */
function withoutBars({ name, tokenize }: Tokenizer): Tokenizer {
  return { name, tokenize: (text) => tokenize(text).map((token) => token.replaceAll("|||", "")) };
}
