import type { AttentionOptions } from "@dylora/tensor";
import type { Tensor } from "@tensorflow/tfjs-core";
import type { NativeAttention } from "./addon/addon.ts";
import { nativeDropout } from "./dropout.ts";
import type { KernelContext } from "./kernel-context.ts";

/** An attention as the addon takes it. */
export function nativeAttention(
  { tensors }: KernelContext,
  { batch, length, heads, causal, dropout }: Omit<AttentionOptions, "mask">,
  hidden: number,
  mask: Tensor | undefined,
): NativeAttention {
  return {
    batch,
    length,
    heads,
    size: hidden / heads,
    causal,
    mask: mask === undefined ? null : tensors.numbers(mask),
    dropout: nativeDropout(dropout),
  };
}
