import { type BlockOptions, type BlockWeights, type DropoutKey, type FrozenNorm, tokensWanted } from "@dylora/tensor";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { type AdaptedSite, applySite } from "./adapted-site.ts";
import { attentionIn, runAttention } from "./attention.ts";
import type { BlockSites } from "./block-sites.ts";
import { dropoutArguments, type KernelContext } from "./kernel-context.ts";
import type { SavedTensors } from "./saved-tensors.ts";

/** Inverted dropout of hidden states `[rows, columns]`: y = x ∘ mask, in place where they are the same. */
export function dropHidden(
  { kernels }: KernelContext,
  dropoutKey: DropoutKey | undefined,
  { batch, length }: Pick<BlockOptions, "batch" | "length">,
  columns: number,
  x: number,
  y: number,
): void {
  const dropout = dropoutArguments(dropoutKey);
  if (dropout === undefined) return;
  const { key, firstExample, limit, keep } = dropout;
  kernels.dropout(batch * length, columns, length, x, y, 0, key, firstExample, limit, keep);
}

/** Rows of the first tokens of each sequence, one after another. */
export function copyFirstTokens(
  { memory }: KernelContext,
  options: BlockOptions,
  columns: number,
  x: number,
  y: number,
): void {
  const count = tokensWanted(options) * columns;
  for (let sequence = 0; sequence < options.batch; sequence++) {
    memory.copy(x + 4 * sequence * options.length * columns, y + 4 * sequence * count, count);
  }
}

/**
 * The block's forward pass. Post-norm: m = norm(x + attend(x)), y = norm(m + feed(m)). Pre-norm:
 * m = x + attend(norm(x)), y = m + feed(norm(m)).
 *
 * @param saved takes what backward needs; without it nothing is saved
 */
export function blockForward(
  context: KernelContext,
  x: Tensor2D,
  weights: BlockWeights,
  sites: BlockSites,
  options: BlockOptions,
  saved: SavedTensors | undefined,
): Tensor2D {
  const { kernels, memory } = context;
  const { batch, dropout, epsilon } = options;
  const [rows, hidden] = x.shape;
  const pre = options.norm === "pre";
  const inner = weights.intermediate.weight.outFeatures;
  const tokens = tokensWanted(options);
  const wanted = batch * tokens;
  const shape = { batch, length: tokens };
  const y = memory.output<Tensor2D>([wanted, hidden]);

  memory.withScratch((allocate) => {
    // What backward needs lives in a tensor, everything else in scratch.
    const place = (name: string, columns: number, count = wanted): number => {
      if (saved === undefined) return allocate(count * columns);
      const tensor = memory.output([count, columns]);
      saved.save(name, [tensor]);
      return memory.at(tensor);
    };
    const adapted = (name: keyof BlockSites, input: number, output: number): void => {
      const site: AdaptedSite = sites[name];
      const count = name === "qkv" ? rows : wanted;
      const bottlenecks = applySite(context, { rows: count, examples: batch }, input, site, output);
      if (saved === undefined) for (const tensor of bottlenecks) tensor.dispose();
      else saved.save(`bottlenecks of ${name}`, bottlenecks);
    };
    const norm = (
      input: number,
      residual: number,
      { gamma, beta }: FrozenNorm,
      output: number,
      stats: number,
      count = wanted,
    ) => kernels.layerNorm(count, hidden, input, residual, memory.at(gamma), memory.at(beta), epsilon, output, stats);

    const xAt = memory.at(x);
    const yAt = memory.at(y);
    const normed = allocate(rows * hidden);
    if (pre) norm(xAt, 0, weights.attentionNorm, normed, place("input stats", 2, rows), rows);

    const qkv = place("qkv", 3 * hidden, rows);
    adapted("qkv", pre ? normed : xAt, qkv);
    const attended = sites.attentionOutput.pairs.length > 0 ? place("attended", hidden) : allocate(wanted * hidden);
    const ofAll = wanted === rows ? attended : allocate(rows * hidden);
    runAttention(context, qkv, hidden, attentionIn(options), options.mask, ofAll);
    // From here on rows are those of the tokens that are wanted.
    let shortcut = xAt;
    if (wanted !== rows) {
      copyFirstTokens(context, options, hidden, ofAll, attended);
      shortcut = allocate(wanted * hidden);
      copyFirstTokens(context, options, hidden, xAt, shortcut);
    }

    const middle = place("middle", hidden);
    adapted("attentionOutput", attended, middle);
    dropHidden(context, dropout?.attentionOutput, shape, hidden, middle, middle);
    norm(middle, shortcut, pre ? weights.outputNorm : weights.attentionNorm, normed, place("middle stats", 2));

    // Backward wants the activation's slope alone, and its value only where a pair sits on the next layer.
    const adaptedOutput = sites.output.pairs.length > 0;
    const active = adaptedOutput ? place("active", inner) : allocate(wanted * inner);
    const before = saved === undefined ? active : place("slope", inner);
    adapted("intermediate", normed, before);
    const tanh = options.gelu === "tanh" ? 1 : 0;
    if (saved === undefined) kernels.gelu(tanh, wanted * inner, before, active);
    else kernels.geluWithSlope(tanh, wanted * inner, before, active, before);
    const end = pre ? yAt : place("end", hidden);
    adapted("output", active, end);
    dropHidden(context, dropout?.output, shape, hidden, end, end);
    if (pre) kernels.add(wanted * hidden, end, middle, yAt);
    else norm(end, normed, weights.outputNorm, yAt, place("end stats", 2));
  });
  return y;
}
