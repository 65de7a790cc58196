import {
  type E2eMetricsOptions,
  e2eMetrics,
  type LoraTextOptions,
  loraText,
  type MetricScores,
  webnlgMetrics,
} from "@dylora/eval/nlg";

/** How the texts of a task are scored. */
export interface NlgScoring {
  /** How the LoRA paper rewrites texts before it scores them: both sides. */
  readonly text: LoraTextOptions;
  /** Every metric, the main one (BLEU) first. */
  score(
    predictions: readonly string[],
    references: readonly (readonly string[])[],
    options?: Pick<E2eMetricsOptions, "meteor">,
  ): MetricScores;
}

/** The names of E2E's script, and its tools. */
const e2e: NlgScoring = {
  text: {},
  score: (predictions, references, options) => e2eMetrics(predictions, references, options),
};

/** WebNLG's script, which the LoRA paper uses for DART too; then what E2E's has besides. */
const webnlg: NlgScoring = {
  text: { lowercase: true, tokenize: true },
  score(predictions, references, options) {
    const own = webnlgMetrics(predictions, references, options);
    const others = Object.entries(e2eMetrics(predictions, references, { meteor: false }));
    return { ...own, ...Object.fromEntries(others.filter(([name]) => !(name in own))) };
  },
};

/** Scoring by task. */
export const nlgScorings = { e2e, webnlg, dart: webnlg, jsonl: e2e } as const satisfies Record<string, NlgScoring>;

/** References as the paper's scripts see them. */
export const scoredText = ({ text }: NlgScoring, texts: readonly string[]): string[] =>
  texts.map((one) => loraText(one, text));
