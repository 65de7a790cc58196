import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { BlockOptions } from "./block.ts";
import type { KeyValueCache } from "./key-value-cache.ts";

/**
 * Shape and arithmetic of a block that continues a text. `length` counts the new tokens of each sequence.
 *
 * @experimental
 */
export type CachedBlockOptions = Omit<BlockOptions, "dropout" | "causal" | "mask" | "firstTokens" | "frozenInput"> & {
  /** Additive mask on all tokens, seen and new, `[batch, seen + length]`: 0 to see, a large negative number to hide. */
  readonly mask?: Tensor2D;
  /**
   * Tokens of each sequence that the cache will come to hold, where the caller knows: a backend that writes in place can
   * make room for them at once, instead of copying what it has when it has grown. Holding others is no error.
   */
  readonly expectedLength?: number;
};

/**
 * Hidden states of the new tokens, and the cache with them added.
 *
 * @experimental
 */
export interface CachedBlockResult {
  /** `[batch * length, hidden]`. */
  readonly y: Tensor2D;
  /** The cache for the next tokens. The one before is not disposed. */
  readonly cache: KeyValueCache;
}
