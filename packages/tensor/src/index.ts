export { registerGradients } from "./autodiff/gradients.ts";
export { isRecording, recordedOp, unrecorded } from "./autodiff/recorded-op.ts";
export { type ValueAndGradients, valueAndGradients } from "./autodiff/value-and-gradients.ts";
export { type BackendName, backendNames } from "./backend/backend-names.ts";
export { startTfjs } from "./backend/start-tfjs.ts";
export { activeBackend, type BackendProbe, probeBackends, useBackend } from "./backend/use-backend.ts";
export { PlainFrozenMatrix } from "./composed/frozen-matrix.ts";
export type { AdamwStep } from "./contract/adamw-step.ts";
export type { AttentionOptions } from "./contract/attention.ts";
export type {
  Availability,
  Backend,
  BackendCapabilities,
  BackendDescriptor,
  StartedBackend,
} from "./contract/backend.ts";
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
export type { CachedBlockOptions, CachedBlockResult } from "./contract/cached-block.ts";
export type { CrossEntropyTarget } from "./contract/cross-entropy.ts";
export type { HasDispose } from "./contract/disposable.ts";
export type { DropoutKey } from "./contract/dropout.ts";
export type { FrozenEmbedding, FrozenTable } from "./contract/embedding.ts";
export type { FrozenLinear, FrozenMatrix, FrozenMatrixSpec } from "./contract/frozen-matrix.ts";
export type { GeluForm } from "./contract/gelu.ts";
export type { FusedKernels, Saved } from "./contract/kernels.ts";
export { checkSequences, type KeyValueCache } from "./contract/key-value-cache.ts";
export type { AddedLoraGradients, Gate, LoraGradients, LoraOperand } from "./contract/lora.ts";
export { DisposableStack } from "./loading/disposable-stack.ts";
export {
  type DeltaOf,
  readLinear,
  readMatrix,
  readNorm,
  readVector,
  type WeightSource,
} from "./loading/frozen-reader.ts";
export { attention } from "./ops/attention.ts";
export { additiveMask } from "./ops/attention-mask.ts";
export { transformerBlock } from "./ops/block.ts";
export { cachedBlock } from "./ops/cached-block.ts";
export { type CrossEntropyOptions, softmaxCrossEntropy } from "./ops/cross-entropy.ts";
export { dropout } from "./ops/dropout.ts";
export { embedding, freezeEmbedding } from "./ops/embedding.ts";
export { freezeMatrix, frozenLinear } from "./ops/frozen-matrix.ts";
export { gelu } from "./ops/gelu.ts";
export { layerNorm } from "./ops/layer-norm.ts";
export { linear } from "./ops/linear.ts";
export { loraLinear } from "./ops/lora.ts";
export { meanSquaredError } from "./ops/mean-squared-error.ts";
export { selectRows } from "./ops/select-rows.ts";
export { unembed } from "./ops/unembed.ts";
export { foldKey, foldName, mix32, wordAt } from "./random/counter.ts";
export { attentionRows, dropoutMask, dropThreshold, tokenRows } from "./random/dropout-mask.ts";
export { composedKernels, fusedKernelNames, fusedKernels, registerFusedKernels } from "./registry.ts";
