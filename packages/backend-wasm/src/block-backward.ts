import {
  type BlockGradients,
  type BlockOptions,
  type BlockWeights,
  type FrozenNorm,
  tokensWanted,
} from "@dylora/tensor";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { siteGradients } from "./adapted-site.ts";
import { attentionIn, runAttentionGradient } from "./attention.ts";
import { dropHidden } from "./block-forward.ts";
import type { BlockSites } from "./block-sites.ts";
import { dropoutArguments, type KernelContext } from "./kernel-context.ts";

/** Puts rows of the first tokens of each sequence back in their places, zeros in those of the others. */
function spreadFirstTokens(
  { memory }: KernelContext,
  options: BlockOptions,
  columns: number,
  d: number,
  target: number,
): void {
  const { batch, length } = options;
  const [count, all] = [tokensWanted(options) * columns, length * columns];
  for (let sequence = 0; sequence < batch; sequence++) {
    const to = target + 4 * sequence * all;
    memory.copy(d + 4 * sequence * count, to, count);
    memory.floats(to + 4 * count, all - count).fill(0);
  }
}

/**
 * The block's backward pass.
 *
 * @param saved what the forward pass saved, by name
 */
export function blockBackward(
  context: KernelContext,
  dy: Tensor2D,
  weights: BlockWeights,
  sites: BlockSites,
  options: BlockOptions,
  saved: (name: string) => readonly Tensor[],
): BlockGradients {
  const { kernels, memory } = context;
  const { batch, dropout } = options;
  const [wanted, hidden] = dy.shape;
  const rows = batch * options.length;
  const shape = { batch, length: tokensWanted(options) };
  const pre = options.norm === "pre";
  const inner = weights.intermediate.weight.outFeatures;
  const adapters: BlockGradients["adapters"] = {};
  const dx = options.frozenInput === true ? undefined : memory.output<Tensor2D>([rows, hidden]);

  memory.withScratch((allocate) => {
    const at = (name: string): number => memory.at(saved(name)[0] as Tensor);
    const backThrough = (
      name: keyof BlockSites,
      d: number,
      input: () => number,
      target: number | undefined,
      add: boolean,
    ) => {
      const site = sites[name];
      const x = site.pairs.length > 0 ? input() : 0;
      const bottlenecks = saved(`bottlenecks of ${name}`);
      const count = name === "qkv" ? rows : wanted;
      const found = siteGradients(context, { rows: count, examples: batch }, d, x, site, bottlenecks, target, add);
      for (const { site: place, dA, dBt } of found) adapters[place] = { dA, dBt };
    };
    const normAgain = (x: string, stats: string, { gamma, beta }: FrozenNorm, count: number): number => {
      const y = allocate(count * hidden);
      kernels.layerNormAgain(count, hidden, at(x), memory.at(gamma), memory.at(beta), at(stats), y);
      return y;
    };
    const normGradient = (
      d: number,
      { gamma }: FrozenNorm,
      x: string,
      stats: string,
      target: number,
      add: boolean,
      count = wanted,
    ) => kernels.layerNormGradient(count, hidden, d, memory.at(gamma), at(x), at(stats), target, add ? 1 : 0);
    /** d ∘ mask, beside d, which the residual path still needs. */
    const dropped = (d: number, place: "attentionOutput" | "output"): number => {
      if (dropoutArguments(dropout?.[place]) === undefined) return d;
      const target = allocate(wanted * hidden);
      dropHidden(context, dropout?.[place], shape, hidden, d, target);
      return target;
    };

    const middleNorm = pre ? weights.outputNorm : weights.attentionNorm;

    // The feed-forward half. `d` is the gradient at the end of its residual sum, then at its start.
    const d = dx !== undefined && wanted === rows ? memory.at(dx) : allocate(wanted * hidden);
    if (pre) memory.copy(memory.at(dy), d, wanted * hidden);
    else normGradient(memory.at(dy), weights.outputNorm, "end", "end stats", d, false);
    const dInner = allocate(wanted * inner);
    backThrough("output", dropped(d, "output"), () => at("active"), dInner, false);
    kernels.multiply(wanted * inner, dInner, at("slope"), dInner);
    const branch = pre ? allocate(rows * hidden) : d;
    const normed = () => normAgain("middle", "middle stats", middleNorm, wanted);
    backThrough("intermediate", dInner, normed, branch, !pre);
    normGradient(branch, middleNorm, "middle", "middle stats", d, pre);

    // The attention half, the same way.
    const dContext = allocate(wanted * hidden);
    backThrough("attentionOutput", dropped(d, "attentionOutput"), () => at("attended"), dContext, false);
    const dOfAll = wanted === rows ? dContext : allocate(rows * hidden);
    if (wanted !== rows) spreadFirstTokens(context, options, hidden, dContext, dOfAll);
    const dQkv = allocate(rows * 3 * hidden);
    runAttentionGradient(context, dOfAll, at("qkv"), hidden, attentionIn(options), saved("mask")[0], dQkv);
    const input = () => (pre ? normAgain("x", "input stats", weights.attentionNorm, rows) : at("x"));
    if (dx === undefined) return backThrough("qkv", dQkv, input, undefined, false);
    const target = memory.at(dx);
    if (wanted !== rows) spreadFirstTokens(context, options, hidden, d, target);
    backThrough("qkv", dQkv, input, pre ? branch : target, !pre);
    if (pre) normGradient(branch, weights.attentionNorm, "x", "input stats", target, true, rows);
  });
  return { dx, adapters };
}
