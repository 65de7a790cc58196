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
 * Every kernel from plain tfjs ops, with the optimiser's in JavaScript.
 *
 * @param current the kernels that the larger ones are built of, asked for at every call: those of the active backend
 */
export function composeKernels(current: () => FusedKernels): FusedKernels {
  const on =
    <Args extends unknown[], Result>(kernel: (kernels: FusedKernels, ...args: Args) => Result) =>
    (...args: Args): Result =>
      kernel(current(), ...args);
  return {
    addLora: on(addLora),
    addLoraGradient: on(addLoraGradient),
    adamw,
    attention: on(attention),
    attentionGradient: on(attentionGradient),
    batchMatMul,
    block: on(block),
    cachedBlock: on(cachedBlock),
    crossEntropy,
    crossEntropyGradient,
    dropout,
    dropoutGradient,
    embed,
    freezeMatrix,
    freezeTable,
    frozenLinear: on(frozenLinear),
    frozenLinearGradient: on(frozenLinearGradient),
    gelu,
    geluGradient,
    layerNorm,
    layerNormGradient,
    lora: on(lora),
    loraGradient: on(loraGradient),
    matMul,
    unembed: on(unembed),
    unembedGradient: on(unembedGradient),
  };
}
