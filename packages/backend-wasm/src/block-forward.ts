import type { BlockOptions, BlockWeights, DropoutPlace, FrozenNorm } from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { type AdaptedSite, applySite } from "./adapted-site.ts";
import { attentionIn, runAttention } from "./attention.ts";
import type { BlockSites } from "./block-sites.ts";
import { dropoutArguments, type Engine } from "./engine.ts";
import type { KeptTensors } from "./kept-tensors.ts";

/** Inverted dropout of hidden states `[rows, columns]`: y = x ∘ mask, in place where they are the same. */
export function dropHidden(
  { kernels }: Engine,
  place: DropoutPlace | undefined,
  { batch, length }: BlockOptions,
  columns: number,
  x: number,
  y: number,
): void {
  const dropout = dropoutArguments(place);
  if (dropout === undefined) return;
  const { key, firstExample, limit, keep } = dropout;
  kernels.dropout(batch * length, columns, length, x, y, 0, key, firstExample, limit, keep);
}

/**
 * The block's forward pass. Post-norm: m = norm(x + attend(x)), y = norm(m + feed(m)). Pre-norm:
 * m = x + attend(norm(x)), y = m + feed(norm(m)).
 *
 * @param kept takes what backward needs; without it nothing is kept
 */
export function blockForward(
  engine: Engine,
  x: Tensor2D,
  weights: BlockWeights,
  sites: BlockSites,
  options: BlockOptions,
  kept: KeptTensors | undefined,
): Tensor2D {
  const { kernels, memory } = engine;
  const { batch, dropout, epsilon } = options;
  const [rows, hidden] = x.shape;
  const pre = options.norm === "pre";
  const inner = weights.intermediate.weight.outFeatures;
  const y = memory.output<Tensor2D>(x.shape);

  memory.withScratch((allocate) => {
    // What backward needs lives in a tensor, everything else in scratch.
    const place = (name: string, columns: number): number => {
      if (kept === undefined) return allocate(rows * columns);
      const tensor = memory.output([rows, columns]);
      kept.keep(name, [tensor]);
      return memory.at(tensor);
    };
    const adapted = (name: keyof BlockSites, input: number, output: number): void => {
      const site: AdaptedSite = sites[name];
      const bottlenecks = applySite(engine, { rows, examples: batch }, input, site, output);
      if (kept === undefined) for (const tensor of bottlenecks) tensor.dispose();
      else kept.keep(`bottlenecks of ${name}`, bottlenecks);
    };
    const norm = (input: number, residual: number, { gamma, beta }: FrozenNorm, output: number, stats: number) =>
      kernels.layerNorm(rows, hidden, input, residual, memory.at(gamma), memory.at(beta), epsilon, output, stats);

    const xAt = memory.at(x);
    const yAt = memory.at(y);
    const normed = allocate(rows * hidden);
    if (pre) norm(xAt, 0, weights.attentionNorm, normed, place("input stats", 2));

    const qkv = place("qkv", 3 * hidden);
    adapted("qkv", pre ? normed : xAt, qkv);
    const context = sites.attentionOutput.pairs.length > 0 ? place("context", hidden) : allocate(rows * hidden);
    runAttention(engine, qkv, hidden, attentionIn(options), options.mask, context);

    const middle = place("middle", hidden);
    adapted("attentionOutput", context, middle);
    dropHidden(engine, dropout?.attentionOutput, options, hidden, middle, middle);
    norm(middle, xAt, pre ? weights.outputNorm : weights.attentionNorm, normed, place("middle stats", 2));

    // Backward wants the activation's slope alone, and its value only where a pair sits on the next layer.
    const adaptedOutput = sites.output.pairs.length > 0;
    const active = adaptedOutput ? place("active", inner) : allocate(rows * inner);
    const before = kept === undefined ? active : place("slope", inner);
    adapted("intermediate", normed, before);
    const tanh = options.gelu === "tanh" ? 1 : 0;
    if (kept === undefined) kernels.gelu(tanh, rows * inner, before, active);
    else kernels.geluWithSlope(tanh, rows * inner, before, active, before);
    const end = pre ? yAt : place("end", hidden);
    adapted("output", active, end);
    dropHidden(engine, dropout?.output, options, hidden, end, end);
    if (pre) kernels.add(rows * hidden, end, middle, yAt);
    else norm(end, normed, weights.outputNorm, yAt, place("end stats", 2));
  });
  return y;
}
