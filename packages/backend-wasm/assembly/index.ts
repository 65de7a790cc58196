export { attention, attentionGradient, attentionScratchBytes } from "./attention";
export { crossEntropyGradient, crossEntropyStats } from "./cross-entropy";
export { add, applyGate, dropout, scale } from "./elementwise";
export { gelu, geluGradient } from "./gelu";
export { batchGemm, gemm, gemmWorkBytes } from "./gemm";
export { layerNorm, layerNormAgain, layerNormGradient } from "./layer-norm";
