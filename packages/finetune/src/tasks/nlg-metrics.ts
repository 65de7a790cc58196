import {
  type E2eMetricsOptions,
  e2eMetrics,
  type LoraTextOptions,
  loraReferences,
  loraText,
  type MetricScores,
  webnlgMetrics,
} from "@dylora/eval/nlg";

/** Settings of a scoring. */
export interface NlgScoringOptions extends Pick<E2eMetricsOptions, "meteor"> {
  /**
   * WebNLG's script alone: reference files that it is given, as `gpt2_decode.py --ref_num` writes them: a group with fewer
   * references is filled up with its first, a longer one cut. Default: as many as the largest group has, filled up with
   * empty ones as in WebNLG's own files.
   */
  readonly referenceCount?: number | undefined;
}

/** How the texts of a task are scored. */
export interface NlgScoring {
  /** How the LoRA paper rewrites texts before it scores them: both sides. */
  readonly text: LoraTextOptions;
  /** Reference files that the LoRA paper scores with; undefined: as many references as there are. */
  readonly referenceCount: number | undefined;
  /** Every metric, the main one (BLEU) first. */
  score(
    predictions: readonly string[],
    references: readonly (readonly string[])[],
    options?: NlgScoringOptions,
  ): MetricScores;
}

/** The names of E2E's script, and its tools. */
const e2e: NlgScoring = {
  text: {},
  referenceCount: undefined,
  score: (predictions, references, { meteor } = {}) =>
    e2eMetrics(predictions, references, meteor === undefined ? {} : { meteor }),
};

/** WebNLG's script, which the LoRA paper uses for DART too; then what E2E's has besides. */
const webnlg: NlgScoring = {
  text: { lowercase: true, tokenize: true },
  referenceCount: 6,
  score(predictions, references, { meteor, referenceCount } = {}) {
    const filled = referenceCount === undefined ? references : loraReferences(references, referenceCount);
    const own = webnlgMetrics(predictions, filled, meteor === undefined ? {} : { meteor });
    // Means over references (NIST, CIDEr) are not to count one several times.
    const cut = references.map((group) => group.slice(0, referenceCount));
    const others = Object.entries(e2eMetrics(predictions, cut, { meteor: false }));
    return { ...own, ...Object.fromEntries(others.filter(([name]) => !(name in own))) };
  },
};

/** Scoring by task. */
export const nlgScorings = { e2e, webnlg, dart: webnlg, jsonl: e2e } as const satisfies Record<string, NlgScoring>;

/** Texts as the LoRA paper's scripts see them. */
export const scoredText = ({ text }: NlgScoring, texts: readonly string[]): string[] =>
  texts.map((one) => loraText(one, text));

/** Every metric as the LoRA paper scores. @param references already {@link scoredText} */
export const paperScores = (
  scoring: NlgScoring,
  predictions: readonly string[],
  references: readonly (readonly string[])[],
): MetricScores =>
  scoring.score(scoredText(scoring, predictions), references, { referenceCount: scoring.referenceCount });
