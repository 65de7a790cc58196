import { ConfigError, checkWhole } from "@dylora/errors";
import { type CorpusMetric, corpusMetric } from "../corpus-metric.ts";
import { encodeCorpus } from "../text/token-index.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { tokenizer13a } from "../text/tokenizer-13a.ts";
import { stripEnd } from "../text/whitespace.ts";
import { type BleuSums, bleuStatistics, bleuSums, brevityPenalty } from "./bleu-statistics.ts";

/** What becomes of an n-gram order without a match (Chen and Cherry 2014). */
export type BleuSmoothing = "exp" | "floor" | "add-k" | "none";

/** Settings of {@link bleu}; the defaults are sacreBLEU's. */
export interface BleuOptions {
  /** Tokenisation. Default {@link tokenizer13a}. */
  readonly tokenizer?: Tokenizer;
  /** Compare lower-cased texts (Unicode, before tokenising). Default false. */
  readonly lowercase?: boolean;
  /** Smoothing. Default `exp`: the k-th order without a match counts 1/(2^k · total), as in mteval-v13a. */
  readonly smoothing?: BleuSmoothing;
  /** What `floor` puts in place of zero matches (default 0.1), or what `add-k` adds for n > 1 (default 1). */
  readonly smoothingValue?: number;
  /** Average only over the orders that the hypotheses are long enough for. Default false. */
  readonly effectiveOrder?: boolean;
  /** Largest n-gram length. Default 4. */
  readonly maxOrder?: number;
}

/** Stands for log 0, as in sacreBLEU. */
const logOfZero = -9999999999;

/**
 * Corpus BLEU as sacreBLEU 2 computes it, on a scale of 0 to 100 (Papineni et al. 2002; Post 2018, "A Call for Clarity
 * in Reporting BLEU Scores").
 *
 * An instance may have any number of references. A missing one is left out of the group (sacreBLEU's `None`); an empty
 * string is a real reference of length 0, which competes for the closest length. Segment scores use the effective
 * order, as sacreBLEU's `sentence_bleu` does. Details: `hypothesisLength`, `referenceLength`, `matches`, `totals`,
 * `precisions` (in percent), `brevityPenalty`.
 *
 * @throws ConfigError `bad_max_order` or `bad_smoothing_value`.
 * @example
 * ```ts
 * import { bleu } from "@dylora/eval/nlg";
 *
 * const { score, signature } = bleu().compute(
 *   ["The Vaults is a cheap pub near Café Adriatic."],
 *   [["The Vaults pub near Café Adriatic has a 5 star rating.", "Close to Café Adriatic, The Vaults is a cheap pub."]],
 * );
 * console.log(score.toFixed(2), signature);
 * ```
 */
export function bleu(options: BleuOptions = {}): CorpusMetric {
  const { tokenizer = tokenizer13a, lowercase = false, smoothing = "exp", effectiveOrder = false } = options;
  const { maxOrder = 4, smoothingValue = smoothing === "floor" ? 0.1 : 1 } = options;
  checkWhole("bad_max_order", "maxOrder", maxOrder, { min: 1 });
  if (!(smoothingValue >= 0)) {
    throw new ConfigError("bad_smoothing_value", `BLEU smoothing value is ${smoothingValue}; it must be 0 or more`);
  }
  const compute = (effective: boolean) => (sums: Float64Array) =>
    bleuFromSums(bleuSums(sums), smoothing, smoothingValue, effective).score;
  const hasValue = smoothing === "floor" || smoothing === "add-k";
  return corpusMetric({
    name: "BLEU",
    settings: {
      case: lowercase ? "lc" : "mixed",
      eff: effectiveOrder ? "yes" : "no",
      tok: tokenizer.name,
      smooth: hasValue ? `${smoothing}[${smoothingValue.toFixed(2)}]` : smoothing,
      ...(maxOrder === 4 ? {} : { order: maxOrder }),
      like: "sacrebleu-2.6.0",
    },
    measure: (hypotheses, references) => ({
      ...bleuStatistics(
        encodeCorpus(hypotheses, references, (text) =>
          tokenizer.tokenize(stripEnd(lowercase ? text.toLowerCase() : text)),
        ),
        { maxOrder },
      ),
      scoreOf: compute(effectiveOrder),
      segmentScoreOf: compute(true),
      detailsOf: (sums) => {
        const parts = bleuSums(sums);
        const { precisions, penalty } = bleuFromSums(parts, smoothing, smoothingValue, effectiveOrder);
        return {
          hypothesisLength: parts.hypothesisLength,
          referenceLength: parts.referenceLength,
          matches: [...parts.matches],
          totals: [...parts.totals],
          precisions,
          brevityPenalty: penalty,
        };
      },
    }),
  });
}

function bleuFromSums(sums: BleuSums, smoothing: BleuSmoothing, smoothingValue: number, effectiveOrder: boolean) {
  const { matches, totals, hypothesisLength, referenceLength } = sums;
  const penalty = brevityPenalty(hypothesisLength, referenceLength);
  const precisions = new Array<number>(matches.length).fill(0);
  // Without any match the score is 0, whatever the smoothing.
  if (matches.every((count) => count === 0)) return { score: 0, precisions, penalty };
  let halving = 1;
  let order = matches.length;
  for (let n = 1; n <= matches.length; n++) {
    const added = smoothing === "add-k" && n > 1 ? smoothingValue : 0;
    const count = matches[n - 1]! + added;
    const total = totals[n - 1]! + added;
    if (total === 0) break;
    if (effectiveOrder) order = n;
    if (count > 0) {
      precisions[n - 1] = (100 * count) / total;
    } else if (smoothing === "exp") {
      halving *= 2;
      precisions[n - 1] = 100 / (halving * total);
    } else if (smoothing === "floor") {
      precisions[n - 1] = (100 * smoothingValue) / total;
    }
  }
  const logs = precisions.slice(0, order).map((p) => (p === 0 ? logOfZero : Math.log(p)));
  return { score: penalty * Math.exp(logs.reduce((sum, log) => sum + log, 0) / order), precisions, penalty };
}
