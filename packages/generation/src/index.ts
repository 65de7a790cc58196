export type { BeamSearchOptions } from "./beam-decoder.ts";
export { beamSearch } from "./beam-search.ts";
export type { Continuation, DecodedStep, Decoder, Decoding, DecodingTask, FinishedSequence } from "./decoding.ts";
export type { FinishReason } from "./finish-reason.ts";
export { type GenerationCall, generationSettings } from "./from-generation-config.ts";
export { generate } from "./generate.ts";
export { generateStream, type StreamedToken } from "./generate-stream.ts";
export type { GeneratedText } from "./generated-text.ts";
export { type GenerationConfig, parseGenerationConfig } from "./generation-config.ts";
export type {
  BatchSettings,
  GenerateOptions,
  GenerationSettings,
  Progress,
  PromptSource,
} from "./generation-settings.ts";
export { greedy } from "./greedy.ts";
export type { LogitsProcessor } from "./logits-processor.ts";
export type { SamplingDistribution } from "./next-token-distribution.ts";
export { type SamplingOptions, sampling } from "./sampling.ts";
export type { Prompt, Sequence } from "./sequence.ts";
export type { StoppingCriterion } from "./stopping-criterion.ts";
export type { TextCodec } from "./text-codec.ts";
