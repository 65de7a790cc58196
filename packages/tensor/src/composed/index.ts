import type { FusedKernels } from "../contract/kernels.ts";
import { adamw } from "./adamw.ts";
import { attention, attentionGradient } from "./attention.ts";
import { block } from "./block.ts";
import { cachedBlock } from "./cached-block.ts";
import { crossEntropy, crossEntropyGradient } from "./cross-entropy.ts";
import { dropout, dropoutGradient } from "./dropout.ts";
import { embed, freezeTable } from "./embedding.ts";
import { freezeMatrix, frozenLinear, frozenLinearGradient } from "./frozen-matrix.ts";
import { gelu, geluGradient } from "./gelu.ts";
import { layerNorm, layerNormGradient } from "./layer-norm.ts";
import { addLora, addLoraGradient, lora, loraGradient } from "./lora.ts";
import { batchMatMul, matMul } from "./mat-mul.ts";
import { unembed, unembedGradient } from "./unembed.ts";

/**
 * Every kernel from plain tfjs ops (the optimiser's in JavaScript): runs on any engine, and is the reference an engine's
 * own kernels are held to.
 */
export const composedKernels: FusedKernels = {
  addLora,
  addLoraGradient,
  adamw,
  attention,
  attentionGradient,
  batchMatMul,
  block,
  cachedBlock,
  crossEntropy,
  crossEntropyGradient,
  dropout,
  dropoutGradient,
  embed,
  freezeMatrix,
  freezeTable,
  frozenLinear,
  frozenLinearGradient,
  gelu,
  geluGradient,
  layerNorm,
  layerNormGradient,
  lora,
  loraGradient,
  matMul,
  unembed,
  unembedGradient,
};
