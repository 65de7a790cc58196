import type { LoraGradients, LoraOperand, Saved } from "@dylora/tensor";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { intoRanks, outOfRanks, overRows } from "./lora-programs.ts";

/** base + ((x∘mask) · Aᵀ ∘ g) · Bᵀ in two programs. Keeps the gated bottleneck; masks are made again for the gradient. */
export function addLora(base: Tensor2D, x: Tensor2D, operand: LoraOperand, examples: number): Saved {
  const gated = intoRanks(x, operand.A, operand.gate, examples, operand.dropout);
  return { y: outOfRanks(gated, operand.Bt, base, examples, undefined), saved: [gated] };
}

/** Gradients to x (added to `dx`), A and Bᵀ, in four programs; two more where there are many rows. */
export function addLoraGradient(
  dx: Tensor2D,
  dy: Tensor2D,
  x: Tensor2D,
  operand: LoraOperand,
  examples: number,
  [gated]: readonly Tensor[],
): LoraGradients {
  const du = intoRanks(dy, operand.Bt, operand.gate, examples, undefined);
  return {
    dx: outOfRanks(du, operand.A, dx, examples, operand.dropout),
    dA: overRows(du, x, examples, operand.dropout),
    dBt: overRows(gated as Tensor2D, dy, examples, undefined),
  };
}
