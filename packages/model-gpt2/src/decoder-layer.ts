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

/** What a block runs with besides its input. */
export interface BlockRun {
  readonly config: Gpt2Config;
  /** Its weights. */
  readonly weights: BlockWeights;
  /** Its number, from 0. */
  readonly layer: number;
  /** Texts, and tokens that each gives to the block. */
  readonly shape: Pick<TokenBatch, "size" | "length">;
  /** Additive mask on the keys; undefined when nothing is hidden. */
  readonly mask: Tensor2D | undefined;
  readonly context: ForwardContext;
}

function operandsOf({ weights, layer, context }: BlockRun): BlockOperands {
  return { weights, adapters: blockAdapters(context, layerPath(layer), siteModules) };
}

function optionsOf({ config: { heads, epsilon, gelu }, shape: { size, length }, mask }: BlockRun) {
  return { batch: size, length, heads, norm: "pre", epsilon, gelu, ...(mask === undefined ? {} : { mask }) } as const;
}

/** Runs a block on whole texts. @param hidden `[size * length, hidden]` @returns the same shape */
export function runBlock(hidden: Tensor2D, run: BlockRun): Tensor2D {
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
 * Runs a block on new tokens of texts.
 *
 * @param cache what it kept of the tokens before; undefined at the start
 * @param expectedLength tokens that the texts will come to have; undefined: unknown
 */
export function continueBlock(
  hidden: Tensor2D,
  run: BlockRun,
  cache: KeyValueCache | undefined,
  expectedLength: number | undefined,
): CachedBlockResult {
  const options = { ...optionsOf(run), ...(expectedLength === undefined ? {} : { expectedLength }) };
  return cachedBlock(hidden, operandsOf(run), options, cache);
}
