import { requireCorpus } from "./corpus.ts";
import { type SegmentStatistics, segmentRow, sumRows } from "./segment-statistics.ts";

/** One figure, or one figure for each n-gram order, that a score was made of. */
export type MetricDetail = number | readonly number[];

/** What a corpus metric says about one system. */
export interface CorpusScore {
  /** Name of the metric, for instance `BLEU`. */
  readonly name: string;
  /** The corpus score, in the scale of the metric's reference tool (see the metric's own page). */
  readonly score: number;
  /** Settings of the run, `key:value` pairs joined by `|`; `nrefs` first, the tool that it reproduces last. */
  readonly signature: string;
  /** Score of each segment on its own, in the order of the hypotheses. */
  readonly segments: Float64Array;
  /** What the score was made of: lengths, matches, precisions, penalties. */
  readonly details: Readonly<Record<string, MetricDetail>>;
  /** Sufficient statistics of each segment, for intervals and tests over resampled segments. */
  readonly statistics: SegmentStatistics;
}

/**
 * A metric of generated text on a whole test set.
 *
 * Open set: any object of this shape works wherever dylora takes a metric. `hypotheses[i]` is scored against the
 * references `references[i]` of its instance; instances may have different numbers of references.
 */
export interface CorpusMetric {
  /** Name of the metric, for instance `BLEU`. */
  readonly name: string;
  /** Settings as `key:value` pairs joined by `|`, without the number of references. */
  readonly signature: string;
  /**
   * Scores a system.
   *
   * @param hypotheses One text per instance.
   * @param references For each instance its references, at least one.
   * @throws ConfigError `empty_corpus`, `prediction_reference_mismatch` or `no_reference`.
   */
  compute(hypotheses: readonly string[], references: readonly (readonly string[])[]): CorpusScore;
}

/** Per-segment sufficient statistics and the formulas that turn their sums into scores. */
export interface Measurement {
  /** Row-major `[segments, width]`. */
  readonly rows: Float64Array;
  /** Columns of `rows`. */
  readonly width: number;
  /** Corpus score from the column sums. */
  readonly scoreOf: (sums: Float64Array) => number;
  /** Score of one segment from its row. Default `scoreOf`. */
  readonly segmentScoreOf?: (row: Float64Array) => number;
  /** Details of the corpus score from the column sums. */
  readonly detailsOf?: (sums: Float64Array) => Readonly<Record<string, MetricDetail>>;
}

/** What {@link corpusMetric} needs to know about a metric. */
export interface CorpusMetricDefinition {
  /** Name of the metric. */
  readonly name: string;
  /** Settings for the signature, in order; values are printed as they are. */
  readonly settings: Readonly<Record<string, string | number>>;
  /** Reduces a checked corpus to per-segment statistics. */
  readonly measure: (hypotheses: readonly string[], references: readonly (readonly string[])[]) => Measurement;
}

/**
 * Makes a {@link CorpusMetric} from a function that reduces a corpus to per-segment statistics.
 *
 * Checks the corpus first, then derives corpus score, segment scores, details and signature from the statistics.
 *
 * @example
 * ```ts
 * import { corpusMetric } from "@dylora/eval/nlg";
 *
 * const exactMatch = corpusMetric({
 *   name: "exact-match",
 *   settings: { case: "mixed" },
 *   measure: (hypotheses, references) => ({
 *     width: 2,
 *     rows: Float64Array.from(hypotheses.flatMap((text, i) => [references[i]!.includes(text) ? 1 : 0, 1])),
 *     scoreOf: (sums) => sums[0]! / sums[1]!,
 *   }),
 * });
 * console.log(exactMatch.compute(["a", "b"], [["a"], ["c"]]).score); // 0.5
 * ```
 */
export function corpusMetric(definition: CorpusMetricDefinition): CorpusMetric {
  const { name, measure } = definition;
  const signature = formatSignature(definition.settings);
  return {
    name,
    signature,
    compute(hypotheses, references) {
      requireCorpus(hypotheses, references);
      const { rows, width, scoreOf, segmentScoreOf = scoreOf, detailsOf } = measure(hypotheses, references);
      const statistics: SegmentStatistics = { segments: hypotheses.length, width, rows, scoreOf };
      const sums = sumRows(statistics);
      return {
        name,
        score: scoreOf(sums),
        signature: `nrefs:${referenceCount(references)}|${signature}`,
        segments: Float64Array.from({ length: hypotheses.length }, (_, i) => segmentScoreOf(segmentRow(statistics, i))),
        details: detailsOf?.(sums) ?? {},
        statistics,
      };
    },
  };
}

function formatSignature(settings: Readonly<Record<string, string | number>>): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key}:${value}`)
    .join("|");
}

function referenceCount(references: readonly (readonly string[])[]): number | "var" {
  const counts = new Set(references.map((group) => group.length));
  return counts.size === 1 ? [...counts][0]! : "var";
}
