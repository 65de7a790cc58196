import type { FusedKernels } from "@dylora/tensor";
import { attention, attentionGradient } from "./attention.ts";
import { crossEntropy, crossEntropyGradient } from "./cross-entropy.ts";
import { dropout, dropoutGradient } from "./dropout.ts";
import { gelu, geluGradient } from "./gelu.ts";
import { layerNorm, layerNormGradient } from "./layer-norm.ts";
import { batchMatMul, frozenLinear, matMul } from "./products.ts";

/** The fused ops that this engine computes with kernels of its own. */
export const gpuKernels: Partial<FusedKernels> = {
  attention,
  attentionGradient,
  batchMatMul,
  crossEntropy,
  crossEntropyGradient,
  dropout,
  dropoutGradient,
  frozenLinear,
  gelu,
  geluGradient,
  layerNorm,
  layerNormGradient,
  matMul,
};
