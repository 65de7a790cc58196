import {
  type BlockGradients,
  type BlockOperands,
  type BlockOptions,
  type BlockResult,
  type BlockSite,
  type BlockWeights,
  tokensWanted,
} from "@dylora/tensor";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import type { NativeBlock, NativeLayer } from "./addon/addon.ts";
import { nativeAttention } from "./attention.ts";
import { type BlockInput, inputOf, nativeInput, rememberOutput } from "./block-input.ts";
import { type BlockPairs, blockLayers, blockPairsOf, pairTensors, withPairTensors } from "./block-sites.ts";
import { nativeDropout } from "./dropout.ts";
import { packedOf } from "./frozen-matrix.ts";
import type { KernelContext } from "./kernel-context.ts";
import { nativePair, type PairTargets, pairTargets } from "./lora.ts";

type Targets = Partial<Record<BlockSite, PairTargets>>;

/** A block as the addon takes it. */
export function nativeBlock(
  context: KernelContext,
  weights: BlockWeights,
  pairs: BlockPairs,
  options: BlockOptions,
  mask: Tensor | undefined,
  targets: Targets,
): NativeBlock {
  const { tensors } = context;
  const { dropout, norm, gelu, epsilon, ...shape } = options;
  const hidden = weights.qkv.weight.inFeatures;
  const layer = (name: keyof BlockPairs): NativeLayer => {
    const { weight, bias } = weights[name];
    return {
      weight: packedOf(weight),
      bias: bias === undefined ? null : tensors.numbers(bias),
      pairs: pairs[name].map(({ site, operand, column }) => nativePair(context, operand, column, targets[site])),
    };
  };
  const attentionKey = dropout?.attention;
  return {
    attention: nativeAttention(
      context,
      attentionKey === undefined ? shape : { ...shape, dropout: attentionKey },
      hidden,
      mask,
    ),
    firstTokens: tokensWanted(options),
    inner: weights.intermediate.weight.outFeatures,
    preNorm: norm === "pre",
    tanhForm: gelu === "tanh",
    epsilon,
    qkv: layer("qkv"),
    attentionOutput: layer("attentionOutput"),
    intermediate: layer("intermediate"),
    output: layer("output"),
    attentionGamma: tensors.numbers(weights.attentionNorm.gamma),
    attentionBeta: tensors.numbers(weights.attentionNorm.beta),
    outputGamma: tensors.numbers(weights.outputNorm.gamma),
    outputBeta: tensors.numbers(weights.outputNorm.beta),
    contextDropout: nativeDropout(dropout?.attentionOutput),
    outputDropout: nativeDropout(dropout?.output),
  };
}

/**
 * A whole transformer block in C++. What backward reads is one tensor whose layout only the addon knows; tfjs's tape
 * owns it, so it is freed exactly when the tape lets go of it, and its memory serves the next step.
 */
export function runBlock(
  context: KernelContext,
  x: Tensor2D,
  { weights, adapters }: BlockOperands,
  options: BlockOptions,
  record: boolean,
): BlockResult {
  const { addon, tensors, bfloat16 } = context;
  const pairs = blockPairsOf(adapters, x.shape[1]);
  const block = nativeBlock(context, weights, pairs, options, options.mask, {});
  const y = tensors.output<Tensor2D>([options.batch * tokensWanted(options), x.shape[1]]);
  const state = record ? tensors.output([addon.blockStateFloats(block)]) : undefined;
  addon.blockForward(block, tensors.numbers(x), tensors.numbers(y), state ? tensors.numbers(state) : null);

  const post = !bfloat16 && options.norm === "post";
  const input = record && post && pairs.qkv.length > 0 ? inputOf(context, x) : undefined;
  if (state !== undefined && post) rememberOutput(y, state, weights.outputNorm);
  const shared = [...(input === undefined ? [] : [input.saved]), ...(options.mask === undefined ? [] : [options.mask])];
  return {
    y,
    saved: state === undefined ? [] : [state, ...shared, ...pairTensors(pairs)],
    gradient(dy, [savedState, ...rest]) {
      const savedInput = input && { ...input, saved: rest.shift() as Tensor };
      const mask = options.mask === undefined ? undefined : rest.shift();
      const own = withPairTensors(pairs, rest);
      return blockGradients(context, dy, weights, own, options, mask, savedInput, savedState as Tensor);
    },
  };
}

function blockGradients(
  context: KernelContext,
  dy: Tensor2D,
  weights: BlockWeights,
  pairs: BlockPairs,
  options: BlockOptions,
  mask: Tensor | undefined,
  input: BlockInput | undefined,
  state: Tensor,
): BlockGradients {
  const { addon, tensors } = context;
  const adapters: Targets = {};
  for (const layer of blockLayers) {
    for (const { site, operand } of pairs[layer]) adapters[site] = pairTargets(context, operand);
  }
  const block = nativeBlock(context, weights, pairs, options, mask, adapters);
  const rows = options.batch * options.length;
  const dx = options.frozenInput === true ? undefined : tensors.output<Tensor2D>([rows, dy.shape[1]]);
  const given = input === undefined ? null : nativeInput(context, input, rows * dy.shape[1]);
  addon.blockGradient(block, tensors.numbers(dy), given, tensors.numbers(state), dx ? tensors.numbers(dx) : null);
  return { dx, adapters };
}
