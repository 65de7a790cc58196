export { attention, attentionGradient, attentionScratchBytes } from "./attention";
export { crossEntropyGradient, crossEntropyStats } from "./cross-entropy";
export { add, applyGate, dropout, multiply, scale } from "./elementwise";
export { gatherRows } from "./gather";
export { gelu, geluGradient, geluWithSlope } from "./gelu";
export { batchGemm, gemm, gemmWorkBytes } from "./gemm";
export { layerNorm, layerNormAgain, layerNormGradient } from "./layer-norm";
