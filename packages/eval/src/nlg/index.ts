export { type BleuOptions, type BleuSmoothing, bleu } from "./bleu/bleu.ts";
export { type MtevalBleuOptions, mtevalBleu } from "./bleu/mteval-bleu.ts";
export { type MultiBleuOptions, multiBleu } from "./bleu/multi-bleu.ts";
export { type NltkBleuOptions, nltkBleu } from "./bleu/nltk-bleu.ts";
export { type PymtevalBleuOptions, pymtevalBleu } from "./bleu/pymteval-bleu.ts";
export { type ChrfOptions, chrf } from "./chrf.ts";
export { type CiderOptions, cider, ciderD } from "./cider.ts";
export {
  type CorpusMetric,
  type CorpusMetricDefinition,
  type CorpusScore,
  corpusMetric,
  type Measurement,
  type MetricDetail,
} from "./corpus-metric.ts";
export { parsePredictions, parseReferences } from "./harness/e2e-files.ts";
export { type E2eMetricsOptions, e2eMetrics, type MetricScores } from "./harness/e2e-metrics.ts";
export { type WebnlgMetricsOptions, webnlgMetrics } from "./harness/generation-eval.ts";
export { type LoraTextOptions, loraReferences, loraText } from "./harness/lora-text.ts";
export { type MeteorOptions, meteor } from "./meteor/meteor.ts";
export { type NonbreakingPrefixes, normalizeMeteor, parseNonbreakingPrefixes } from "./meteor/normalize.ts";
export {
  type MeteorModule,
  type MeteorParameters,
  type MeteorTask,
  meteorModules,
  meteorTasks,
} from "./meteor/parameters.ts";
export {
  type ParaphraseSource,
  type ParaphraseTableBuilder,
  type ParaphraseTableOptions,
  paraphraseTable,
} from "./meteor/paraphrases.ts";
export {
  type MeteorSynonymFiles,
  meteorSynonyms,
  type SynonymEntries,
  type SynonymSource,
  synonymSource,
} from "./meteor/synonyms.ts";
export { type WordNetFile, wordNetFiles, wordNetSynonyms } from "./meteor/wordnet.ts";
export { mtevalNist } from "./nist/mteval-nist.ts";
export { type NltkNistOptions, nltkNist } from "./nist/nltk-nist.ts";
export { pymtevalNist } from "./nist/pymteval-nist.ts";
export { type RougeLOptions, rougeL } from "./rouge-l.ts";
export { type RougeScoreOptions, type RougeType, rougeScore } from "./rouge-score.ts";
export { type SegmentStatistics, scoreSegments, segmentRow, sumRows } from "./segment-statistics.ts";
export {
  approximateRandomization,
  compareScores,
  type Randomization,
  type RandomizationOptions,
  scoreInterval,
} from "./significance.ts";
export { type PyterTerOptions, pyterTer } from "./ter/pyter.ts";
export { ter } from "./ter/ter.ts";
export { stemEnglish } from "./text/english-stemmer.ts";
export { stemPorter } from "./text/porter-stemmer.ts";
export type { Tokenizer } from "./text/tokenizer.ts";
export { tokenizer13a } from "./text/tokenizer-13a.ts";
export { tokenizerIntl } from "./text/tokenizer-intl.ts";
export type { MtevalTextOptions } from "./text/tokenizer-mteval.ts";
export { type NltkWordTokenizerOptions, nltkWordTokenizer } from "./text/tokenizer-nltk.ts";
export { tokenizerNone } from "./text/tokenizer-none.ts";
export { tokenizerPtb } from "./text/tokenizer-ptb.ts";
export type { PymtevalTextOptions } from "./text/tokenizer-pymteval.ts";
export { type TercomTextOptions, tokenizerTercom } from "./text/tokenizer-tercom.ts";
