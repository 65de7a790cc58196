import type { AttentionOptions, BlockOptions } from "@dylora/tensor";
import type { Tensor } from "@tensorflow/tfjs-core";
import { dropoutArguments, type KernelContext } from "./kernel-context.ts";

type Shape = Omit<AttentionOptions, "mask">;

/** The attention inside a block. */
export function attentionIn({ dropout, ...shape }: BlockOptions): Shape {
  return dropout?.attention === undefined ? shape : { ...shape, dropout: dropout.attention };
}

interface Prepared {
  readonly mask: number;
  readonly causal: number;
  readonly key: number;
  readonly firstExample: number;
  readonly limit: number;
  readonly keep: number;
}

function prepare({ memory }: KernelContext, { causal, dropout }: Shape, mask: Tensor | undefined): Prepared {
  const drop = dropoutArguments(dropout) ?? { key: 0, firstExample: 0, limit: 0, keep: 1 };
  return { mask: mask === undefined ? 0 : memory.at(mask), causal: causal ? 1 : 0, ...drop };
}

/**
 * Attention on packed queries, keys and values in memory.
 *
 * @param qkv `[batch * length, 3 * hidden]`
 * @param out `[batch * length, hidden]`
 */
export function runAttention(
  context: KernelContext,
  qkv: number,
  hidden: number,
  shape: Shape,
  maskTensor: Tensor | undefined,
  out: number,
): void {
  const { kernels, memory, work } = context;
  const { batch, length, heads } = shape;
  const { mask, causal, key, firstExample, limit, keep } = prepare(context, shape, maskTensor);
  memory.withScratch((allocate) => {
    const scratch = allocate(kernels.attentionScratchBytes(length) / 4);
    const size = hidden / heads;
    kernels.attention(
      batch,
      length,
      heads,
      size,
      qkv,
      mask,
      causal,
      key,
      firstExample,
      limit,
      keep,
      out,
      scratch,
      work,
    );
  });
}

/** Its gradient to the packed input; `dy` shaped like `out`, `dqkv` like `qkv`. */
export function runAttentionGradient(
  context: KernelContext,
  dy: number,
  qkv: number,
  hidden: number,
  shape: Shape,
  maskTensor: Tensor | undefined,
  dqkv: number,
): void {
  const { kernels, memory, work } = context;
  const { batch, length, heads } = shape;
  const { mask, causal, key, firstExample, limit, keep } = prepare(context, shape, maskTensor);
  memory.withScratch((allocate) => {
    const scratch = allocate(kernels.attentionScratchBytes(length) / 4);
    const size = hidden / heads;
    kernels.attentionGradient(
      batch,
      length,
      heads,
      size,
      dy,
      qkv,
      mask,
      causal,
      key,
      firstExample,
      limit,
      keep,
      dqkv,
      scratch,
      work,
    );
  });
}
