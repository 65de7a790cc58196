export type { AdamwStep } from "./adamw-step.ts";
export { type AttentionOptions, attention } from "./attention.ts";
export { additiveMask } from "./attention-mask.ts";
export type { Availability, Backend, BackendCapabilities, BackendDescriptor } from "./backend.ts";
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
} from "./block-types.ts";
export { type CachedBlockOptions, type CachedBlockResult, cachedBlock } from "./cached-block.ts";
export { composedKernels } from "./composed/index.ts";
export { type CrossEntropyOptions, type CrossEntropyTarget, softmaxCrossEntropy } from "./cross-entropy.ts";
export { dropout } from "./dropout.ts";
export { attentionRows, type DropoutPlace, dropoutMask, dropThreshold, tokenRows } from "./dropout-mask.ts";
export { embedding, type FrozenEmbedding, type FrozenTable, freezeEmbedding } from "./embedding.ts";
export {
  type FrozenLinear,
  type FrozenMatrix,
  type FrozenMatrixSpec,
  freezeMatrix,
  PlainFrozenMatrix,
} from "./frozen-matrix.ts";
export {
  createOwner,
  type DeltaOf,
  type FrozenSource,
  type Own,
  type OwnedPart,
  type Owner,
  readLinear,
  readMatrix,
  readNorm,
  readVector,
} from "./frozen-reader.ts";
export { type GeluForm, gelu } from "./gelu.ts";
export { registerGradients } from "./gradients.ts";
export { type FusedKernels, fusedKernelNames, fusedKernels, registerFusedKernels, type Saved } from "./kernels.ts";
export { checkSequences, type KeyValueCache } from "./key-value-cache.ts";
export { layerNorm } from "./layer-norm.ts";
export { frozenLinear, linear, loraLinear } from "./linear.ts";
export type { AddedLoraGradients, Gate, LoraGradients, LoraOperand } from "./lora-operand.ts";
export { meanSquaredError } from "./mean-squared-error.ts";
export { foldKey, foldName, mix32, wordAt } from "./random.ts";
export { isRecording, recordedOp, unrecorded } from "./recorded-op.ts";
export { selectRows } from "./select-rows.ts";
export { startTfjsEngine } from "./tfjs-engine.ts";
export { transformerBlock } from "./transformer-block.ts";
export { unembed } from "./unembed.ts";
export { activeBackend, type BackendProbe, probeBackends, useBackend } from "./use-backend.ts";
export { type ValueAndGradients, valueAndGradients } from "./value-and-gradients.ts";
