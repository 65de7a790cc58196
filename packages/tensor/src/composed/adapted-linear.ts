import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import type { FrozenLinear } from "../contract/frozen-matrix.ts";
import type { FusedKernels } from "../contract/kernels.ts";
import type { LoraOperand } from "../contract/lora.ts";

/** A frozen linear layer with any number of LoRA pairs on it. `saved` holds one list for each pair. */
export function adaptedLinear(
  kernels: Pick<FusedKernels, "frozenLinear" | "addLora">,
  x: Tensor2D,
  linear: FrozenLinear,
  operands: readonly LoraOperand[],
  examples: number,
): { y: Tensor2D; saved: Tensor[][] } {
  let y = kernels.frozenLinear(x, linear.weight, linear.bias);
  const saved = operands.map((operand) => {
    const sum = kernels.addLora(y, x, operand, examples);
    y = sum.y;
    return [...sum.saved];
  });
  return { y, saved };
}

/** Its gradients; `saved` as {@link adaptedLinear} gave it. Without `inputWanted` none to x. */
export function adaptedLinearGradient(
  kernels: Pick<FusedKernels, "frozenLinearGradient" | "addLoraGradient">,
  dy: Tensor2D,
  x: Tensor2D | undefined,
  linear: FrozenLinear,
  operands: readonly LoraOperand[],
  examples: number,
  saved: readonly (readonly Tensor[])[],
  inputWanted: boolean,
): { dx: Tensor2D | undefined; pairs: { dA: Tensor2D; dBt: Tensor2D }[] } {
  let dx = inputWanted ? kernels.frozenLinearGradient(dy, linear.weight) : undefined;
  const pairs = operands.map((operand, index) => {
    const gradient = kernels.addLoraGradient(dx, dy, x as Tensor2D, operand, examples, saved[index] ?? []);
    dx = gradient.dx;
    return { dA: gradient.dA, dBt: gradient.dBt };
  });
  return { dx, pairs };
}
