import { ShapeError } from "@dylora/errors";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { recordedOp } from "../autodiff/recorded-op.ts";
import { checkFrozenLinear, type FrozenLinear } from "../contract/frozen-matrix.ts";
import { checkLoraOperand, type LoraOperand } from "../contract/lora.ts";
import { fusedKernels } from "../registry.ts";
/**
 * A frozen linear layer with a LoRA pair on it: x · W + bias + ((x · Aᵀ) ∘ g) · Bᵀ (Hu et al. 2021; DyLoRA's rank is
 * the gate g). Gradients go to x, A and Bᵀ.
 *
 * @param x `[examples * length, in]`
 * @param operand the pair and its gate
 * @param examples examples in the batch, for a gate of `[examples, r]` and for dropout; default: one row each
 * @returns `[rows, out]`; the caller disposes it
 * @throws ShapeError `bad_shape` when anything does not fit
 * @throws ConfigError `bad_dropout` for a dropout probability outside [0, 1)
 *
 * @example
 * ```ts
 * import { freezeMatrix, loraLinear, useBackend } from "@dylora/tensor";
 * import { wasmBackend } from "@dylora/backend-wasm";
 * import * as tf from "@tensorflow/tfjs-core";
 *
 * await useBackend(wasmBackend());
 * const weight = freezeMatrix(Float32Array.of(1, 0, 0, 1), { inFeatures: 2, outFeatures: 2, layout: "out-in" });
 * const x = tf.tensor2d([[1, 2]]);
 * const [A, Bt] = [tf.tensor2d([[1, 1], [1, -1]]), tf.tensor2d([[1, 0], [0, 1]])];
 * const rank1 = loraLinear(x, { weight }, { A, Bt, gate: tf.tensor1d([4, 0]) });
 * console.log(await rank1.array()); // [[13, 2]]
 * ```
 */
export function loraLinear(x: Tensor2D, linear: FrozenLinear, operand: LoraOperand, examples = x.shape[0]): Tensor2D {
  checkFrozenLinear(x.shape[1], linear);
  if (examples < 1 || x.shape[0] % examples !== 0) {
    throw new ShapeError("bad_shape", `${x.shape[0]} rows cannot be shared by ${examples} examples`);
  }
  checkLoraOperand(operand, linear.weight.inFeatures, linear.weight.outFeatures, examples);
  const kernels = fusedKernels();
  return recordedOp(
    [x, operand.A, operand.Bt],
    () => {
      const base = kernels.frozenLinear(x, linear.weight, linear.bias);
      const sum = kernels.addLora(base, x, operand, examples);
      // a number has no handle to lose; the place of a gate tensor is held by A otherwise
      const gate = typeof operand.gate === "number" ? operand.A : operand.gate;
      return { y: sum.y, saved: [x, operand.A, operand.Bt, gate, ...sum.saved] };
    },
    (dy, [input, A, Bt, gate, ...saved]) => {
      const savedOperand: LoraOperand = {
        ...operand,
        A: A as Tensor2D,
        Bt: Bt as Tensor2D,
        gate: typeof operand.gate === "number" ? operand.gate : (gate as Tensor1D),
      };
      const base = kernels.frozenLinearGradient(dy, linear.weight);
      const { dx, dA, dBt } = kernels.addLoraGradient(base, dy, input as Tensor2D, savedOperand, examples, saved);
      return [dx as Tensor2D, dA, dBt];
    },
  );
}
