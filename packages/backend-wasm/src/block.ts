import type { BlockOperands, BlockOptions, BlockResult } from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { blockBackward } from "./block-backward.ts";
import { blockForward } from "./block-forward.ts";
import { blockSitesOf, pairTensors, withPairTensors } from "./block-sites.ts";
import type { Engine } from "./kernel-context.ts";
import { KeptTensors } from "./saved-tensors.ts";

/**
 * A whole transformer block without tfjs in between: intermediate results lie in scratch, sums go straight into place,
 * and backward keeps the packed queries, keys and values, the inputs of both normalisations, and the slope of the
 * activation: 9 hidden sizes a token with the usual feed-forward size of 4. The rest it makes again.
 */
export function runBlock(
  engine: Engine,
  x: Tensor2D,
  operands: BlockOperands,
  options: BlockOptions,
  record: boolean,
): BlockResult {
  const { weights } = operands;
  const sites = blockSitesOf(operands, x.shape[1]);
  const kept = new KeptTensors();
  const y = blockForward(engine, x, weights, sites, options, record ? kept : undefined);
  if (record) {
    if (options.norm === "pre" || sites.qkv.pairs.length > 0) kept.keep("x", [x]);
    if (options.mask !== undefined) kept.keep("mask", [options.mask]);
    kept.keep("pairs", pairTensors(sites));
  }
  return {
    y,
    saved: kept.tensors,
    gradient(dy, list) {
      const saved = kept.readFrom(list);
      return blockBackward(engine, dy, weights, withPairTensors(sites, saved("pairs")), options, saved);
    },
  };
}
