import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { AdamwStep } from "./adamw-step.ts";
import type { AttentionOptions } from "./attention.ts";
import type { BlockOperands, BlockOptions, BlockResult } from "./block.ts";
import type { CachedBlockOptions, CachedBlockResult } from "./cached-block.ts";
import type { CrossEntropyTarget } from "./cross-entropy.ts";
import type { DropoutKey } from "./dropout.ts";
import type { FrozenEmbedding, FrozenTable } from "./embedding.ts";
import type { FrozenMatrix, FrozenMatrixSpec } from "./frozen-matrix.ts";
import type { GeluForm } from "./gelu.ts";
import type { KeyValueCache } from "./key-value-cache.ts";
import type { AddedLoraGradients, LoraGradients, LoraOperand } from "./lora.ts";

/**
 * A result with what its gradient will need. Tensors not listed are freed when the forward pass ends.
 *
 * @experimental
 */
export interface Saved<T extends Tensor = Tensor2D> {
  /** The result. */
  readonly y: T;
  /** Kept until the gradient has been computed. */
  readonly saved: readonly Tensor[];
}

/**
 * Every kernel behind the fused ops. A backend implements any of them (see {@link registerFusedKernels}); the
 * composed form, built from plain tfjs ops, stands in for the rest. Matrices of hidden states are `[rows, features]`
 * with `rows = batch * length`. A kernel returns tensors the caller owns and disposes none of its inputs.
 *
 * @experimental
 */
export interface FusedKernels {
  /** Prepares a frozen weight matrix. */
  freezeMatrix(values: Float32Array, spec: FrozenMatrixSpec): FrozenMatrix;
  /** Prepares a table for `embed`, and where `output` is true for `unembed` too. */
  freezeTable(values: Float32Array, shape: [rows: number, features: number], output: boolean): FrozenTable;
  /** `op(a) · op(b)` for matrices `[m, k]`, `[k, n]`, either given transposed. */
  matMul(a: Tensor2D, b: Tensor2D, transposeA?: boolean, transposeB?: boolean): Tensor2D;
  /** The same for stacks of matrices `[batch, m, k]`, `[batch, k, n]`. */
  batchMatMul(a: Tensor3D, b: Tensor3D, transposeA?: boolean, transposeB?: boolean): Tensor3D;
  /** `x · W + bias`. */
  frozenLinear(x: Tensor2D, weight: FrozenMatrix, bias: Tensor1D | undefined): Tensor2D;
  /** `dy · Wᵀ`: the gradient to x. No gradient of the frozen weight is ever computed. */
  frozenLinearGradient(dy: Tensor2D, weight: FrozenMatrix): Tensor2D;
  /** Rows of a table; every id is one of its rows. */
  embed(ids: Int32Array, embedding: FrozenEmbedding): Tensor2D;
  /**
   * `x · tableᵀ + bias`. With `record` a gradient may be asked for: a backend may put the scores off until they are
   * read, for a loss over a vocabulary needs a few rows of them at a time.
   */
  unembed(x: Tensor2D, embedding: FrozenEmbedding, bias: Tensor1D | undefined, record?: boolean): Tensor2D;
  /** `dy · table`: the gradient to x. */
  unembedGradient(dy: Tensor2D, embedding: FrozenEmbedding): Tensor2D;
  /** `((x∘mask) · Aᵀ ∘ g) · Bᵀ`; keeps the bottleneck, and the mask where there is dropout. */
  lora(x: Tensor2D, operand: LoraOperand, examples: number): Saved;
  /** Gradients to x, A and Bᵀ. */
  loraGradient(
    dy: Tensor2D,
    x: Tensor2D,
    operand: LoraOperand,
    examples: number,
    saved: readonly Tensor[],
  ): LoraGradients;
  /** `base` plus what `lora` gives; keeps what that keeps. */
  addLora(base: Tensor2D, x: Tensor2D, operand: LoraOperand, examples: number): Saved;
  /** What `loraGradient` gives, the gradient to x added to `dx`; without one, none to x. */
  addLoraGradient(
    dx: Tensor2D | undefined,
    dy: Tensor2D,
    x: Tensor2D,
    operand: LoraOperand,
    examples: number,
    saved: readonly Tensor[],
  ): AddedLoraGradients;
  /** Normalises each row, then scales and shifts. */
  layerNorm(x: Tensor2D, gamma: Tensor1D, beta: Tensor1D, epsilon: number): Saved;
  /** Gradient to x. */
  layerNormGradient(dy: Tensor2D, gamma: Tensor1D, saved: readonly Tensor[]): Tensor2D;
  /** Gaussian error linear unit. */
  gelu<T extends Tensor>(x: T, form: GeluForm): T;
  /** Gradient to x, from x. */
  geluGradient<T extends Tensor>(dy: T, x: T, form: GeluForm): T;
  /** Multi-head attention on packed `[rows, 3 * hidden]` queries, keys and values (in this order). */
  attention(qkv: Tensor2D, options: AttentionOptions): Saved;
  /** Gradient to the packed input. */
  attentionGradient(dy: Tensor2D, qkv: Tensor2D, options: AttentionOptions, saved: readonly Tensor[]): Tensor2D;
  /** Inverted dropout with a mask that is a function of its key; p is above 0. */
  dropout(x: Tensor2D, dropoutKey: DropoutKey, examples: number): Saved;
  /** Gradient to x. */
  dropoutGradient(dy: Tensor2D, dropoutKey: DropoutKey, examples: number, saved: readonly Tensor[]): Tensor2D;
  /** Mean cross-entropy over the rows that count; keeps the log-probabilities or what its gradient needs instead. */
  crossEntropy(logits: Tensor2D, target: CrossEntropyTarget): Saved<Scalar>;
  /** Gradient to the logits. */
  crossEntropyGradient(dy: Scalar, target: CrossEntropyTarget, saved: readonly Tensor[]): Tensor2D;
  /** A whole transformer block. With `record` false nothing needs to be kept: no gradient will be asked for. */
  block(x: Tensor2D, operands: BlockOperands, options: BlockOptions, record: boolean): BlockResult;
  /** A whole causal block over new tokens, without a gradient. The cache it returns outlives every scope of tfjs. */
  cachedBlock(
    x: Tensor2D,
    operands: BlockOperands,
    options: CachedBlockOptions,
    cache: KeyValueCache | undefined,
  ): CachedBlockResult;
  /** One step of the optimiser, in place. Bit for bit as the composed form, so that a run can go on elsewhere. */
  adamw(step: AdamwStep): void;
}
