export type { Batch, BatchSource, CausalBatch, PaddedBatch } from "./batch.ts";
export {
  type BatchOptions,
  type LabelOptions,
  lengthBucketedBatches,
  lengthBucketedCausalBatches,
  type ShuffledBatchOptions,
  sequentialBatches,
  sequentialCausalBatches,
} from "./batches.ts";
export { type BrokenRowHandler, refuseBrokenRows } from "./broken-row.ts";
export { type CsvRecord, parseCsv } from "./csv-records.ts";
export { type EncodedCompletion, type EncodedExample, type Example, IGNORE_LABEL } from "./example.ts";
export {
  GLUE_HUB_DATASET,
  GLUE_TASKS,
  type GlueTask,
  type GlueTaskName,
  type GlueTsvLayout,
  glueTaskNamed,
} from "./glue-tasks.ts";
export type { LabelEncoding } from "./labels.ts";
export { type EncodeCompletionsOptions, encodeCompletions } from "./nlg/encode-completions.ts";
export { linearizeMeaning, parseMeaning, type Slot } from "./nlg/meaning.ts";
export {
  groupReferences,
  type NlgExample,
  type ReadingRecord,
  type Recorded,
  type ReferenceGroup,
  withRecord,
} from "./nlg/nlg-example.ts";
export {
  ARROW_PROMPTS,
  LORA_PROMPTS,
  type PromptCompletion,
  type PromptForm,
  toPromptCompletions,
} from "./nlg/prompt-form.ts";
export { linearizeTriples, type Triple } from "./nlg/triple.ts";
export type { Lexicalization, TripleEntry } from "./nlg/triple-entry.ts";
export type { TripleContext } from "./nlg/triple-examples.ts";
export { isSeenCategory, keepGood, WEBNLG_SEEN_CATEGORIES } from "./nlg/webnlg.ts";
export type { Remark } from "./remark.ts";
export { strip } from "./strip.ts";
export type { TaskKind } from "./task-kind.ts";
export { labelCount, parseTextTask, type TextTask } from "./text-task.ts";
export { type BpeVocabulary, byteLevelBpe, parseMerges } from "./tokenizer/byte-level-bpe.ts";
export { createTokenizer, type TokenizerMaking } from "./tokenizer/create-tokenizer.ts";
export { type EncodeExamplesOptions, encodeExamples } from "./tokenizer/encode-examples.ts";
export type { EncodeOptions, Tokenizer, TokenizerInput } from "./tokenizer/tokenizer.ts";
export type { TokenizerClass } from "./tokenizer/tokenizer-class.ts";
export type { TokenizerSources } from "./tokenizer/tokenizer-sources.ts";
export { type TruncationStrategy, truncatePair } from "./tokenizer/truncation.ts";
