import { ShapeError } from "@dylora/errors";
import type { BlockOperands, CachedBlockOptions, CachedBlockResult, KeyValueCache } from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { NativeCache } from "./addon/addon.ts";
import { nativeBlock } from "./block.ts";
import { blockPairsOf } from "./block-sites.ts";
import type { KernelContext } from "./kernel-context.ts";
import { NativeKeyValueCache, startCache } from "./key-value-cache.ts";

/**
 * A whole block over new tokens in C++, which adds their keys and values to the cache in place.
 *
 * @throws ShapeError `foreign_cache` for a cache of another backend or precision, `disposed` for one that is gone
 */
export function runCachedBlock(
  context: KernelContext,
  x: Tensor2D,
  { weights, adapters }: BlockOperands,
  options: CachedBlockOptions,
  cache: KeyValueCache | undefined,
): CachedBlockResult {
  const { addon, tensors } = context;
  if (cache !== undefined && !(cache instanceof NativeKeyValueCache)) {
    throw new ShapeError("foreign_cache", "this cache was made by another backend; start the text anew");
  }
  const { batch, length, heads, expectedLength } = options;
  const hidden = x.shape[1];
  const pairs = blockPairsOf(adapters, hidden);
  const block = nativeBlock(context, weights, pairs, { ...options, causal: true }, options.mask, {});
  const y = tensors.output<Tensor2D>(x.shape);
  const write = (target: NativeCache): void =>
    addon.decodeBlock(block, tensors.numbers(x), tensors.numbers(y), target, cache?.length ?? 0);
  const next =
    cache === undefined
      ? startCache(context, { batch, length, heads, size: hidden / heads }, expectedLength, write)
      : cache.extend(context, length, expectedLength, write);
  return { y, cache: next };
}
