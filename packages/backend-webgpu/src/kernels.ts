import { composedKernels, type FusedKernels } from "@dylora/tensor";
import { attention, attentionGradient } from "./attention.ts";
import { crossEntropy, crossEntropyGradient } from "./cross-entropy.ts";
import { dropout, dropoutGradient } from "./dropout.ts";
import { embed } from "./embedding.ts";
import { freezeMatrix, frozenLinear, frozenLinearGradient } from "./frozen-matrix.ts";
import { gelu, geluGradient } from "./gelu.ts";
import { layerNorm, layerNormGradient } from "./layer-norm.ts";
import { addLora, addLoraGradient } from "./lora.ts";
import { batchMatMul, matMul } from "./mat-mul.ts";
import { unembed, unembedGradient } from "./unembed.ts";

/** The fused ops that this backend computes with kernels of its own on a GPU. */
export const gpuKernels: Partial<FusedKernels> = {
  addLora,
  addLoraGradient,
  attention,
  attentionGradient,
  batchMatMul,
  crossEntropy,
  crossEntropyGradient,
  dropout,
  dropoutGradient,
  embed,
  freezeMatrix,
  frozenLinear,
  frozenLinearGradient,
  gelu,
  geluGradient,
  layerNorm,
  layerNormGradient,
  matMul,
  unembed,
  unembedGradient,
};

/**
 * The same where a processor stands in for the GPU. There attention's own kernels, which make every score four times to keep
 * them out of memory, pay only where causality spares half of them; and masks of dropout are made as fast outside (README,
 * Speed).
 */
export const softwareKernels: Partial<FusedKernels> = {
  ...gpuKernels,
  attention: (qkv, options) => (options.causal ? attention(qkv, options) : composedKernels.attention(qkv, options)),
  attentionGradient: (dy, qkv, options, saved) =>
    options.causal
      ? attentionGradient(dy, qkv, options, saved)
      : composedKernels.attentionGradient(dy, qkv, options, saved),
  dropout: composedKernels.dropout,
  dropoutGradient: composedKernels.dropoutGradient,
};
