import type { BlockOperands, BlockOptions, BlockResult } from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { blockBackward } from "./block-backward.ts";
import { blockForward } from "./block-forward.ts";
import { blockSitesOf, pairTensors, withPairTensors } from "./block-sites.ts";
import type { KernelContext } from "./kernel-context.ts";
import { SavedTensors } from "./saved-tensors.ts";

/**
 * A whole transformer block without tfjs in between: intermediate results lie in scratch, sums go straight into place,
 * and backward keeps the packed queries, keys and values, the inputs of both normalisations, and the slope of the
 * activation: 9 hidden sizes a token with the usual feed-forward size of 4. The rest it makes again.
 */
export function runBlock(
  context: KernelContext,
  x: Tensor2D,
  operands: BlockOperands,
  options: BlockOptions,
  record: boolean,
): BlockResult {
  const { weights } = operands;
  const sites = blockSitesOf(operands, x.shape[1]);
  const savedTensors = new SavedTensors();
  const y = blockForward(context, x, weights, sites, options, record ? savedTensors : undefined);
  if (record) {
    if (options.norm === "pre" || sites.qkv.pairs.length > 0) savedTensors.save("x", [x]);
    if (options.mask !== undefined) savedTensors.save("mask", [options.mask]);
    savedTensors.save("pairs", pairTensors(sites));
  }
  return {
    y,
    saved: savedTensors.tensors,
    gradient(dy, list) {
      const saved = savedTensors.readFrom(list);
      return blockBackward(context, dy, weights, withPairTensors(sites, saved("pairs")), options, saved);
    },
  };
}
