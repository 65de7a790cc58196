import { type CorpusMetric, corpusMetric } from "../corpus-metric.ts";
import { encodeCorpus } from "../text/token-index.ts";
import { type TercomTextOptions, tokenizerTercom } from "../text/tokenizer-tercom.ts";
import { translationEditCounter } from "./translation-edits.ts";

/**
 * Translation edit rate as sacreBLEU 2 computes it, in percent of the reference length; lower is better (Snover et al.
 * 2006).
 *
 * 100 · Σ fewest edits to any reference / Σ mean reference length. An empty reference is a reference of length 0. Without
 * reference words the score is 100 if there are edits, else 0. Details: `edits`, `referenceLength`.
 *
 * @example
 * ```ts
 * import { ter } from "@dylora/eval/nlg";
 *
 * console.log(ter().compute(["c d a b"], [["a b c d"]]).score); // one shift in four words: 25
 * ```
 */
export function ter(options: TercomTextOptions = {}): CorpusMetric {
  const tokenizer = tokenizerTercom(options);
  return corpusMetric({
    name: "TER",
    settings: {
      case: options.caseSensitive ? "mixed" : "lc",
      tok: tokenizer.name,
      norm: options.normalized ? "yes" : "no",
      punct: options.noPunctuation ? "no" : "yes",
      asian: "no",
      like: "sacrebleu-2.6.0",
    },
    measure: (hypotheses, references) => {
      const corpus = encodeCorpus(hypotheses, references, tokenizer.tokenize);
      const countEdits = translationEditCounter();
      const rows = new Float64Array(hypotheses.length * 2);
      corpus.hypotheses.forEach((hypothesis, i) => {
        const group = corpus.references[i]!;
        rows[2 * i] = Math.min(...group.map((reference) => countEdits(hypothesis, reference)));
        rows[2 * i + 1] = group.reduce((sum, reference) => sum + reference.length, 0) / group.length;
      });
      return {
        rows,
        width: 2,
        scoreOf: (sums) => (sums[1]! > 0 ? (100 * sums[0]!) / sums[1]! : sums[0]! > 0 ? 100 : 0),
        detailsOf: (sums) => ({ edits: sums[0]!, referenceLength: sums[1]! }),
      };
    },
  });
}
