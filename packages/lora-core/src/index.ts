export {
  type AdaptedModel,
  attach,
  type BoundAdapter,
  type ForwardOptions,
  type LossAndGradients,
} from "./adapted-model.ts";
export {
  type Adapter,
  type CreateAdapterOptions,
  createAdapter,
  type LoraPair,
  type ParameterCounts,
  parameterCounts,
} from "./adapter.ts";
export { type BlockDropoutSite, blockAdapters, blockDropout } from "./block-context.ts";
export { type CausalTrainingInputs, causalInputs, type TokenLabelledBatch } from "./causal-inputs.ts";
export {
  type CausalInputs,
  type CausalModel,
  type CausalModelConfig,
  isCausalModel,
  type SequenceCache,
} from "./causal-model.ts";
export { changedLayers, type LayerChange } from "./changed-layers.ts";
export { checkUsableRanks } from "./check-usable-ranks.ts";
export { labelsOf, problemTypeOf } from "./class-labels.ts";
export { type LoraConfig, parseLoraConfig } from "./config.ts";
export { badModelConfig, type ConfigFields, configFields } from "./config-fields.ts";
export { type FromPeftOptions, fromPeft } from "./from-peft.ts";
export { fillNormal, fillUniform } from "./initialise.ts";
export { matryoshkaGate } from "./matryoshka.ts";
export { addDeltas, weightDeltas } from "./merge.ts";
export type { AdaptableModel, ForwardContext, HeadParameter, TokenBatch, WeightDeltas } from "./model.ts";
export type {
  LoadModelOptions,
  MergedLayout,
  ModelArchitecture,
  ModelDescriptor,
  ProblemType,
  TokenTables,
} from "./model-descriptor.ts";
export { type ParameterEntry, type ParameterSpec, ParameterStore } from "./parameter-store.ts";
export type { PeftAdapter, PeftLoraConfig, PeftPair, TensorData } from "./peft.ts";
export { type HeadPair, type PeftPlan, type PeftTarget, type PlannedPair, planPeft } from "./plan-peft.ts";
export { checkRank, normaliseView, type RankView } from "./rank-view.ts";
export { type ScalingFunction, type ScalingPolicy, scaleAt, scalingPolicies } from "./scaling.ts";
export { selectTargets, type TargetSelector } from "./select-targets.ts";
export { type AdaptableSite, allTargets, type SitePart, type Target } from "./site.ts";
export type { StepContext } from "./step-context.ts";
export { toPeft } from "./to-peft.ts";
export {
  keepRanges,
  newestRow,
  type ParameterRange,
  rowRanges,
  type UpdateMode,
  updateModes,
} from "./update-mode.ts";
export type { WeightSource } from "./weight-source.ts";
