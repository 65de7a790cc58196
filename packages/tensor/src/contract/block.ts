import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import type { DropoutKey } from "./dropout.ts";
import type { FrozenLinear } from "./frozen-matrix.ts";
import type { GeluForm } from "./gelu.ts";
import type { LoraGradients, LoraOperand } from "./lora.ts";

/** Gain and offset of a layer normalisation, both `[hidden]` and frozen. */
export interface FrozenNorm {
  /** Gain. */
  readonly gamma: Tensor1D;
  /** Offset. */
  readonly beta: Tensor1D;
}

/**
 * Frozen weights of a transformer block.
 *
 * @experimental
 */
export interface BlockWeights {
  /** Queries, keys and values in one product: hidden → 3 · hidden, in this order. */
  readonly qkv: FrozenLinear;
  /** Output projection of the attention: hidden → hidden. */
  readonly attentionOutput: FrozenLinear;
  /** First feed-forward layer: hidden → intermediate. */
  readonly intermediate: FrozenLinear;
  /** Second feed-forward layer: intermediate → hidden. */
  readonly output: FrozenLinear;
  /** Normalisation that belongs to the attention (after it in post-norm, before it in pre-norm). */
  readonly attentionNorm: FrozenNorm;
  /** Normalisation that belongs to the feed-forward layers. */
  readonly outputNorm: FrozenNorm;
}

/** Places in a block where a LoRA pair can sit. `qkv` spans the fused output; the three parts share its input. */
export const blockSites = ["query", "key", "value", "qkv", "attentionOutput", "intermediate", "output"] as const;

/**
 * One of {@link blockSites}.
 *
 * @experimental
 */
export type BlockSite = (typeof blockSites)[number];

/**
 * What a block computes with.
 *
 * @experimental
 */
export interface BlockOperands {
  /** Frozen weights. */
  readonly weights: BlockWeights;
  /** Adapters, each on its site. */
  readonly adapters: Readonly<Partial<Record<BlockSite, LoraOperand>>>;
}

/**
 * Dropout of a block while training; a missing one is off.
 *
 * @experimental
 */
export interface BlockDropout {
  /** On the attention probabilities. */
  readonly attention?: DropoutKey;
  /** On the output of the attention's projection. */
  readonly attentionOutput?: DropoutKey;
  /** On the output of the second feed-forward layer. */
  readonly output?: DropoutKey;
}

/**
 * Shape and arithmetic of a block.
 *
 * @experimental
 */
export interface BlockOptions {
  /** Sequences in the batch. */
  readonly batch: number;
  /** Tokens of each, padding included. */
  readonly length: number;
  /** Attention heads. */
  readonly heads: number;
  /** `post`: x = norm(x + f(x)), as in RoBERTa; `pre`: x = x + f(norm(x)), as in GPT-2. */
  readonly norm: "post" | "pre";
  /** Epsilon of both normalisations. */
  readonly epsilon: number;
  /** Form of the activation. */
  readonly gelu: GeluForm;
  /** True when a token sees only itself and those before it. */
  readonly causal: boolean;
  /** Additive `[batch, length]` mask on the keys: 0 to see, a large negative number to hide. */
  readonly mask?: Tensor2D;
  /** See {@link BlockDropout}. */
  readonly dropout?: BlockDropout;
  /**
   * Tokens of each sequence, counted from its first, that the result is wanted for; the others are read as keys and
   * values and no further. Default all. A classifier that reads the first token alone saves most of its last block.
   */
  readonly firstTokens?: number;
  /** True when x depends on nothing that is trained: no gradient to it is computed. Default false. */
  readonly frozenInput?: boolean;
}

/** Tokens of each sequence that a block gives a result for. */
export function tokensWanted({ length, firstTokens = length }: BlockOptions): number {
  return firstTokens;
}

/**
 * Result of a block's forward pass.
 *
 * @experimental
 */
export interface BlockResult {
  /** Hidden states `[batch * length, hidden]`, or of the first tokens alone, `[batch * firstTokens, hidden]`. */
  readonly y: Tensor2D;
  /** What the gradient needs; empty when nothing was recorded. */
  readonly saved: readonly Tensor[];
  /** Gradients from the gradient of y and the saved tensors, given back in the order of `saved`. */
  gradient(dy: Tensor2D, saved: readonly Tensor[]): BlockGradients;
}

/**
 * Result of a block's backward pass.
 *
 * @experimental
 */
export interface BlockGradients {
  /** Gradient to the block's input; undefined where that is frozen. */
  readonly dx: Tensor2D | undefined;
  /** Gradients of each adapter present. */
  readonly adapters: Partial<Record<BlockSite, Omit<LoraGradients, "dx">>>;
}
