export { registerGradients } from "./autodiff/gradients.ts";
export { isRecording, recordedOp, unrecorded } from "./autodiff/recorded-op.ts";
export { type ValueAndGradients, valueAndGradients } from "./autodiff/value-and-gradients.ts";
export { startTfjsEngine } from "./backend/start-tfjs.ts";
export { activeBackend, type BackendProbe, probeBackends, useBackend } from "./backend/use-backend.ts";
export { composedKernels } from "./composed/index.ts";
export type { AdamwStep } from "./contract/adamw-step.ts";
export type { Availability, Backend, BackendCapabilities, BackendDescriptor } from "./contract/backend.ts";
export {
  type BlockDropout,
  type BlockGradients,
  type BlockOperands,
  type BlockOptions,
  type BlockResult,
  type BlockSite,
  type BlockWeights,
  blockSites,
  type FrozenNorm,
  tokensWanted,
} from "./contract/block.ts";
export {
  type FrozenLinear,
  type FrozenMatrix,
  type FrozenMatrixSpec,
  freezeMatrix,
  PlainFrozenMatrix,
} from "./contract/frozen-matrix.ts";
export {
  type FusedKernels,
  fusedKernelNames,
  fusedKernels,
  registerFusedKernels,
  type Saved,
} from "./contract/kernels.ts";
export { checkSequences, type KeyValueCache } from "./contract/key-value-cache.ts";
export type { AddedLoraGradients, Gate, LoraGradients, LoraOperand } from "./contract/lora.ts";
export {
  createOwner,
  type DeltaOf,
  type Own,
  type OwnedPart,
  type Owner,
  readLinear,
  readMatrix,
  readNorm,
  readVector,
  type WeightSource,
} from "./loading/frozen-reader.ts";
export { type AttentionOptions, attention } from "./ops/attention.ts";
export { additiveMask } from "./ops/attention-mask.ts";
export { transformerBlock } from "./ops/block.ts";
export { type CachedBlockOptions, type CachedBlockResult, cachedBlock } from "./ops/cached-block.ts";
export { type CrossEntropyOptions, type CrossEntropyTarget, softmaxCrossEntropy } from "./ops/cross-entropy.ts";
export { dropout } from "./ops/dropout.ts";
export { embedding, type FrozenEmbedding, type FrozenTable, freezeEmbedding } from "./ops/embedding.ts";
export { type GeluForm, gelu } from "./ops/gelu.ts";
export { layerNorm } from "./ops/layer-norm.ts";
export { frozenLinear, linear, loraLinear } from "./ops/linear.ts";
export { meanSquaredError } from "./ops/mean-squared-error.ts";
export { selectRows } from "./ops/select-rows.ts";
export { unembed } from "./ops/unembed.ts";
export { foldKey, foldName, mix32, wordAt } from "./random/counter.ts";
export { attentionRows, type DropoutPlace, dropoutMask, dropThreshold, tokenRows } from "./random/dropout-mask.ts";
