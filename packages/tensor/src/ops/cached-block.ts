import { ShapeError } from "@dylora/errors";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkAttention } from "../contract/attention.ts";
import type { BlockOperands } from "../contract/block.ts";
import type { CachedBlockOptions, CachedBlockResult } from "../contract/cached-block.ts";
import type { KeyValueCache } from "../contract/key-value-cache.ts";
import { fusedKernels } from "../registry.ts";
import { checkBlockWeights } from "./block.ts";

/**
 * Runs new tokens through a causal block, reading what came before from a cache: the cost of a token does not grow
 * with the square of the text. For inference: it records no gradient.
 *
 * @param x hidden states of the new tokens `[batch * length, hidden]`
 * @param cache of the tokens before; undefined at the start of a text
 * @returns tensors that the caller disposes
 * @throws ShapeError `bad_shape` when the cache or anything else does not fit
 *
 * @experimental
 */
export function cachedBlock(
  x: Tensor2D,
  operands: BlockOperands,
  options: CachedBlockOptions,
  cache?: KeyValueCache,
): CachedBlockResult {
  const { batch, length, heads, mask } = options;
  const [rows, hidden] = x.shape;
  checkAttention(rows, hidden, { batch, length, heads, causal: true });
  checkBlockWeights(hidden, operands.weights);
  const fits = cache === undefined || (cache.batch === batch && cache.heads === heads && cache.size === hidden / heads);
  if (!fits) {
    const held = `${cache.batch} sequences of ${cache.heads} heads of ${cache.size} features`;
    throw new ShapeError("bad_shape", `the cache holds ${held}: another batch or model`);
  }
  const width = (cache?.length ?? 0) + length;
  if (mask !== undefined && (mask.shape[0] !== batch || mask.shape[1] !== width)) {
    throw new ShapeError("bad_shape", `the mask is [${mask.shape}] and should be [${batch}, ${width}]`);
  }
  let next: KeyValueCache | undefined;
  const y = tf.tidy(() => {
    const result = fusedKernels().cachedBlock(x, operands, options, cache);
    next = result.cache;
    return result.y;
  });
  return { y, cache: next as unknown as KeyValueCache };
}
