export { type Gpt2Config, parseGpt2Config } from "./config.ts";
export { descriptor } from "./descriptor.ts";
export { type BeamSearchOptions, beamSearch } from "./generation/beam-search.ts";
export type {
  Continuation,
  DecodedStep,
  Decoder,
  Decoding,
  DecodingTask,
  FinishedText,
  TextEnd,
} from "./generation/decoding.ts";
export { type GenerationCall, generationSettings } from "./generation/from-generation-config.ts";
export { generate } from "./generation/generate.ts";
export { generateStream, type StreamedToken } from "./generation/generate-stream.ts";
export type { GeneratedText } from "./generation/generated-text.ts";
export { type GenerationConfig, parseGenerationConfig } from "./generation/generation-config.ts";
export type {
  BatchSettings,
  GenerateOptions,
  GenerationProgress,
  GenerationSettings,
  PromptSource,
} from "./generation/generation-settings.ts";
export { greedy } from "./generation/greedy.ts";
export type { LogitsProcessor } from "./generation/logits-processor.ts";
export type { SamplingDistribution } from "./generation/next-token-distribution.ts";
export { type SamplingOptions, sampling } from "./generation/sampling.ts";
export type { TextCodec } from "./generation/text-codec.ts";
export type { Prompt, TextInProgress } from "./generation/text-in-progress.ts";
export { type Gpt2, gpt2Weights, type LoadGpt2Options, loadGpt2 } from "./gpt2.ts";
export { blockSitesOf } from "./sites.ts";
