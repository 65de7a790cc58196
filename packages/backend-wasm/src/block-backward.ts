import type { BlockGradients, BlockOptions, BlockWeights, FrozenNorm } from "@dylora/tensor";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { siteGradients } from "./adapted-site.ts";
import { attentionIn, runAttentionGradient } from "./attention.ts";
import { dropHidden } from "./block-forward.ts";
import type { BlockSites } from "./block-sites.ts";
import { dropoutArguments, type Engine } from "./engine.ts";

/**
 * The block's backward pass.
 *
 * @param saved what the forward pass kept, by name
 */
export function blockBackward(
  engine: Engine,
  dy: Tensor2D,
  weights: BlockWeights,
  sites: BlockSites,
  options: BlockOptions,
  saved: (name: string) => readonly Tensor[],
): BlockGradients {
  const { kernels, memory } = engine;
  const { batch, dropout } = options;
  const [rows, hidden] = dy.shape;
  const pre = options.norm === "pre";
  const inner = weights.intermediate.weight.outFeatures;
  const adapters: BlockGradients["adapters"] = {};
  const dx = memory.output<Tensor2D>(dy.shape);

  memory.withScratch((allocate) => {
    const at = (name: string): number => memory.at(saved(name)[0] as Tensor);
    const backThrough = (name: keyof BlockSites, d: number, input: () => number, target: number, add: boolean) => {
      const site = sites[name];
      const x = site.pairs.length > 0 ? input() : 0;
      const kept = saved(`bottlenecks of ${name}`);
      const found = siteGradients(engine, { rows, examples: batch }, d, x, site, kept, target, add);
      for (const { site: place, dA, dBt } of found) adapters[place] = { dA, dBt };
    };
    const normAgain = (x: string, stats: string, { gamma, beta }: FrozenNorm): number => {
      const y = allocate(rows * hidden);
      kernels.layerNormAgain(rows, hidden, at(x), memory.at(gamma), memory.at(beta), at(stats), y);
      return y;
    };
    const normGradient = (d: number, { gamma }: FrozenNorm, x: string, stats: string, target: number, add: boolean) =>
      kernels.layerNormGradient(rows, hidden, d, memory.at(gamma), at(x), at(stats), target, add ? 1 : 0);
    /** d ∘ mask, beside d, which the residual path still needs. */
    const dropped = (d: number, place: "attentionOutput" | "output"): number => {
      if (dropoutArguments(dropout?.[place]) === undefined) return d;
      const target = allocate(rows * hidden);
      dropHidden(engine, dropout?.[place], options, hidden, d, target);
      return target;
    };

    const middleNorm = pre ? weights.outputNorm : weights.attentionNorm;

    // The feed-forward half. `d` is the gradient at the end of its residual sum, then at its start.
    const d = memory.at(dx);
    if (pre) memory.copy(memory.at(dy), d, rows * hidden);
    else normGradient(memory.at(dy), weights.outputNorm, "end", "end stats", d, false);
    const dInner = allocate(rows * inner);
    backThrough("output", dropped(d, "output"), () => at("active"), dInner, false);
    kernels.multiply(rows * inner, dInner, at("slope"), dInner);
    const branch = pre ? allocate(rows * hidden) : d;
    const normed = () => normAgain("middle", "middle stats", middleNorm);
    backThrough("intermediate", dInner, normed, branch, !pre);
    normGradient(branch, middleNorm, "middle", "middle stats", d, pre);

    // The attention half, the same way.
    const dContext = allocate(rows * hidden);
    backThrough("attentionOutput", dropped(d, "attentionOutput"), () => at("context"), dContext, false);
    const dQkv = allocate(rows * 3 * hidden);
    runAttentionGradient(engine, dContext, at("qkv"), hidden, attentionIn(options), saved("mask")[0], dQkv);
    if (pre) {
      backThrough("qkv", dQkv, () => normAgain("x", "input stats", weights.attentionNorm), branch, false);
      normGradient(branch, weights.attentionNorm, "x", "input stats", d, true);
    } else {
      backThrough("qkv", dQkv, () => at("x"), d, true);
    }
  });
  return { dx, adapters };
}
