import type { BlockSite, FrozenLinear, LoraOperand } from "@dylora/tensor";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { applyFrozen, applyFrozenGradient } from "./frozen-matrix.ts";
import type { KernelContext } from "./kernel-context.ts";
import { bottleneck, expand, pairGradients, pairInMemory } from "./lora.ts";

/** A LoRA pair on some columns of a frozen layer's output. */
export interface SitePair {
  readonly site: BlockSite;
  readonly operand: LoraOperand;
  /** First of those columns. */
  readonly column: number;
}

/** A frozen linear layer with the pairs on it. */
export interface AdaptedSite {
  readonly linear: FrozenLinear;
  readonly pairs: readonly SitePair[];
}

/** Rows of a batch and the examples they belong to. */
export interface Rows {
  readonly rows: number;
  readonly examples: number;
}

/** y = x · W + bias + the deltas of all pairs. Returns the gated bottleneck of each, which its gradient needs. */
export function applySite(
  context: KernelContext,
  { rows, examples }: Rows,
  x: number,
  { linear, pairs }: AdaptedSite,
  y: number,
): Tensor2D[] {
  const { memory } = context;
  applyFrozen(context, rows, x, linear, y);
  const step = linear.weight.outFeatures;
  return pairs.map(({ operand, column }) => {
    const pair = pairInMemory(context, operand, rows, examples);
    const u = memory.output<Tensor2D>([rows, pair.rank]);
    bottleneck(context, pair, x, memory.at(u));
    expand(context, pair, memory.at(u), { at: y + 4 * column, step }, true);
    return u;
  });
}

/** Gradients of one pair. */
export interface SiteGradient {
  readonly site: BlockSite;
  readonly dA: Tensor2D;
  readonly dBt: Tensor2D;
}

/**
 * dx = gradient to the site's input, or dx + it, and the gradients of its pairs; without dx those alone.
 *
 * @param x the input, read only where there are pairs
 * @param bottlenecks as {@link applySite} gave them
 */
export function siteGradients(
  context: KernelContext,
  { rows, examples }: Rows,
  dy: number,
  x: number,
  { linear, pairs }: AdaptedSite,
  bottlenecks: readonly Tensor[],
  dx: number | undefined,
  addToDx: boolean,
): SiteGradient[] {
  const { memory } = context;
  if (dx !== undefined) applyFrozenGradient(context, rows, dy, linear.weight, dx, addToDx);
  const step = linear.weight.outFeatures;
  return pairs.map(({ site, operand, column }, index) => {
    const pair = pairInMemory(context, operand, rows, examples);
    const dA = memory.output<Tensor2D>(operand.A.shape);
    const dBt = memory.output<Tensor2D>(operand.Bt.shape);
    const u = memory.at(bottlenecks[index] as Tensor);
    const targets = { ...(dx !== undefined && { dx }), addToDx: true, dA: memory.at(dA), dBt: memory.at(dBt) };
    pairGradients(context, pair, { at: dy + 4 * column, step }, x, u, targets);
    return { site, dA, dBt };
  });
}
