import { ShapeError } from "@dylora/errors";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { checkDropout, type DropoutKey } from "./dropout.ts";

/**
 * The gate g on the bottleneck of a LoRA pair: y = ((x · Aᵀ) ∘ g) · Bᵀ. A number scales every rank alike; `[r]` gives
 * each rank its own factor (s(b) up to b and 0 above: one rank; a fixed diagonal: Matryoshka; 0: adapter off);
 * `[examples, r]` gives every example of the batch its own.
 */
export type Gate = number | Tensor1D | Tensor2D;

/** A LoRA pair as an op takes it. Both matrices are rank-major, so the first b ranks are the first b rows. */
export interface LoraOperand {
  /** A `[r, in]` (PEFT's `lora_A.weight`). */
  readonly A: Tensor2D;
  /** Bᵀ `[r, out]` (PEFT's `lora_B.weight`, transposed). */
  readonly Bt: Tensor2D;
  /** See {@link Gate}. No gradient is computed for it. */
  readonly gate: Gate;
  /** Dropout on the input of A, while training. */
  readonly dropout?: DropoutKey;
}

/**
 * Gradients of the delta of one LoRA pair.
 *
 * @experimental
 */
export interface LoraGradients {
  /** Gradient to the input, `[rows, in]`. */
  readonly dx: Tensor2D;
  /** Gradient to A `[r, in]`. */
  readonly dA: Tensor2D;
  /** Gradient to Bᵀ `[r, out]`. */
  readonly dBt: Tensor2D;
}

/**
 * The same where the gradient to the input is added to another one, if that is wanted at all.
 *
 * @experimental
 */
export interface AddedLoraGradients extends Omit<LoraGradients, "dx"> {
  /** The sum, `[rows, in]`; undefined where nothing was given to add to. */
  readonly dx: Tensor2D | undefined;
}

/**
 * Checks that a pair fits a linear layer.
 *
 * @throws ShapeError `bad_shape` naming what does not fit
 * @throws ConfigError `bad_dropout` for a dropout probability outside [0, 1)
 */
export function checkLoraOperand(
  operand: LoraOperand,
  inFeatures: number,
  outFeatures: number,
  examples: number,
): void {
  checkDropout(operand.dropout);
  const [rank, width] = operand.A.shape;
  const [rankB, out] = operand.Bt.shape;
  if (rank !== rankB) throw new ShapeError("bad_shape", `A has ${rank} ranks but B has ${rankB}`);
  if (width !== inFeatures)
    throw new ShapeError("bad_shape", `A takes ${width} features but the input has ${inFeatures}`);
  if (out !== outFeatures)
    throw new ShapeError("bad_shape", `B gives ${out} features but the layer gives ${outFeatures}`);
  if (typeof operand.gate === "number") return;
  const shape = operand.gate.shape;
  const fits = shape.length === 1 ? shape[0] === rank : shape[0] === examples && shape[1] === rank;
  if (!fits) {
    throw new ShapeError("bad_shape", `gate [${shape}] fits neither [${rank}] nor [${examples}, ${rank}]`);
  }
}
