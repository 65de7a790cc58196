import { type AddedLoraGradients, composedKernels, type LoraOperand, type Saved } from "@dylora/tensor";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { intoRanks, outOfRanks, overRows } from "./wgsl/lora-programs.ts";

/** Products of tfjs compute 32 columns at a time, asked or not: up to half of that, thin programs do less. */
const greatestRank = 16;

const isThin = ({ A }: LoraOperand): boolean => A.shape[0] <= greatestRank;

/** base + ((x∘mask) · Aᵀ ∘ g) · Bᵀ in two programs. Keeps the gated bottleneck; masks are made again for the gradient. */
export function addLora(base: Tensor2D, x: Tensor2D, operand: LoraOperand, examples: number): Saved {
  if (!isThin(operand)) return composedKernels.addLora(base, x, operand, examples);
  const gated = intoRanks(x, operand.A, operand.gate, examples, operand.dropout);
  return { y: outOfRanks(gated, operand.Bt, base, examples, undefined), saved: [gated] };
}

/** Gradients to x (added to `dx`, if given), A and Bᵀ, in four programs; two more where there are many rows. */
export function addLoraGradient(
  dx: Tensor2D | undefined,
  dy: Tensor2D,
  x: Tensor2D,
  operand: LoraOperand,
  examples: number,
  saved: readonly Tensor[],
): AddedLoraGradients {
  if (!isThin(operand)) return composedKernels.addLoraGradient(dx, dy, x, operand, examples, saved);
  const [gated] = saved as [Tensor2D];
  const du = intoRanks(dy, operand.Bt, operand.gate, examples, undefined);
  return {
    dx: dx === undefined ? undefined : outOfRanks(du, operand.A, dx, examples, operand.dropout),
    dA: overRows(du, x, examples, operand.dropout),
    dBt: overRows(gated, dy, examples, undefined),
  };
}
