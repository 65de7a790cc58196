import { blockAdapters, blockDropout, type ForwardContext, type TokenBatch } from "@dylora/lora-core";
import {
  type BlockOperands,
  type BlockWeights,
  type CachedBlockResult,
  cachedBlock,
  type KeyValueCache,
  transformerBlock,
} from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { Gpt2Config } from "./config.ts";
import { layerPath, siteModules } from "./sites.ts";

/** What a layer runs with besides its input. */
export interface LayerRun {
  readonly config: Gpt2Config;
  /** Its weights. */
  readonly weights: BlockWeights;
  /** Its number, from 0. */
  readonly layer: number;
  /** Texts, and tokens that each gives to the layer. */
  readonly shape: Pick<TokenBatch, "size" | "length">;
  /** Additive mask on the keys; undefined when nothing is hidden. */
  readonly mask: Tensor2D | undefined;
  readonly context: ForwardContext;
}

function operandsOf({ weights, layer, context }: LayerRun): BlockOperands {
  return { weights, adapters: blockAdapters(context, layerPath(layer), siteModules) };
}

function optionsOf({ config: { heads, epsilon, gelu }, shape: { size, length }, mask }: LayerRun) {
  return { batch: size, length, heads, norm: "pre", epsilon, gelu, ...(mask === undefined ? {} : { mask }) } as const;
}

/** Runs a layer on whole texts. @param hidden `[size * length, hidden]` @returns the same shape */
export function decoderLayer(hidden: Tensor2D, run: LayerRun): Tensor2D {
  const { config, context, layer } = run;
  const dropout = blockDropout(context, layerPath(layer), {
    attention: ["attn.attn_dropout", config.attentionDropout],
    attentionOutput: ["attn.resid_dropout", config.residualDropout],
    output: ["mlp.dropout", config.residualDropout],
  });
  return transformerBlock(hidden, operandsOf(run), {
    ...optionsOf(run),
    causal: true,
    dropout,
    frozenInput: layer === 0,
  });
}

/**
 * Runs a layer on new tokens of texts.
 *
 * @param cache what it kept of the tokens before; undefined at the start
 * @param expectedLength tokens that the texts will come to have; undefined: unknown
 */
export function continueLayer(
  hidden: Tensor2D,
  run: LayerRun,
  cache: KeyValueCache | undefined,
  expectedLength: number | undefined,
): CachedBlockResult {
  const options = { ...optionsOf(run), ...(expectedLength === undefined ? {} : { expectedLength }) };
  return cachedBlock(hidden, operandsOf(run), options, cache);
}
