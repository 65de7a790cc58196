import type { ForwardContext, TokenBatch } from "@dylora/lora-core";
import {
  type BlockDropout,
  type BlockOperands,
  type BlockSite,
  type BlockWeights,
  type CachedBlockResult,
  cachedBlock,
  type KeyValueCache,
  type LoraOperand,
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

/** A record without the entries that are undefined. */
function present<Key extends string, Value>(
  entries: readonly (readonly [Key, Value | undefined])[],
): Partial<Record<Key, Value>> {
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Partial<Record<Key, Value>>;
}

function operandsOf({ weights, layer, context }: BlockRun): BlockOperands {
  const sites = Object.entries(siteModules) as [BlockSite, string][];
  const path = layerPath(layer);
  const adapters = sites.map(([site, module]) => [site, context.adapter(`${path}.${module}`)] as const);
  return { weights, adapters: present<BlockSite, LoraOperand>(adapters) };
}

function optionsOf({ config: { heads, epsilon, gelu }, shape: { size, length }, mask }: BlockRun) {
  return { batch: size, length, heads, norm: "pre", epsilon, gelu, ...(mask === undefined ? {} : { mask }) } as const;
}

/** Runs a block on whole texts. @param hidden `[size * length, hidden]` @returns the same shape */
export function runBlock(hidden: Tensor2D, run: BlockRun): Tensor2D {
  const { config, context, layer } = run;
  const path = layerPath(layer);
  const dropout: BlockDropout = present([
    ["attention", context.dropout(`${path}.attn.attn_dropout`, config.attentionDropout)],
    ["attentionOutput", context.dropout(`${path}.attn.resid_dropout`, config.residualDropout)],
    ["output", context.dropout(`${path}.mlp.dropout`, config.residualDropout)],
  ]);
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
