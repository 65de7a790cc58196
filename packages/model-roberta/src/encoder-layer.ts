import { blockAdapters, blockDropout, type ForwardContext, type TokenBatch } from "@dylora/lora-core";
import { type BlockWeights, transformerBlock } from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { RobertaConfig } from "./config.ts";
import { layerPath, siteModules } from "./sites.ts";

/** What a layer runs with besides its input. */
export interface LayerRun {
  readonly config: RobertaConfig;
  /** Its weights. */
  readonly weights: BlockWeights;
  /** Its number, from 0. */
  readonly layer: number;
  /** Sequences, and tokens of each. */
  readonly shape: Pick<TokenBatch, "size" | "length">;
  /** Additive mask `[size, length]`; undefined when nothing is hidden. */
  readonly mask: Tensor2D | undefined;
  readonly context: ForwardContext;
  /** Tokens of each sequence that are wanted, counted from its first; undefined: all. */
  readonly firstTokens?: number | undefined;
}

/** Runs a layer. @param hidden `[size * length, hidden]` @returns the same shape, or `[size * firstTokens, hidden]` */
export function encoderLayer(hidden: Tensor2D, run: LayerRun): Tensor2D {
  const { config, weights, layer, shape, mask, context, firstTokens } = run;
  const { heads, epsilon, gelu, hiddenDropout, attentionDropout } = config;
  const { size, length } = shape;
  const path = layerPath(layer);
  const adapters = blockAdapters(context, path, siteModules);
  const dropout = blockDropout(context, path, {
    attention: ["attention.self.dropout", attentionDropout],
    attentionOutput: ["attention.output.dropout", hiddenDropout],
    output: ["output.dropout", hiddenDropout],
  });
  return transformerBlock(
    hidden,
    { weights, adapters },
    {
      batch: size,
      length,
      heads,
      norm: "post",
      epsilon,
      gelu,
      causal: false,
      dropout,
      frozenInput: layer === 0,
      ...(firstTokens === undefined ? {} : { firstTokens }),
      ...(mask === undefined ? {} : { mask }),
    },
  );
}
