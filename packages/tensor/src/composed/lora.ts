import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { dropoutMask, tokenRows } from "../dropout-mask.ts";
import { fusedKernels, type Saved } from "../kernels.ts";
import type { Gate, LoraGradients, LoraOperand } from "../lora-operand.ts";

/** u ∘ g, where u is `[rows, r]` and every example owns rows / examples of them. */
function applyGate(u: Tensor2D, gate: Gate, examples: number): Tensor2D {
  if (typeof gate === "number" || gate.shape.length === 1) return tf.mul(u, gate) as Tensor2D;
  const [rows, rank] = u.shape;
  const perExample = tf.reshape(u, [examples, rows / examples, rank]);
  return tf.reshape(tf.mul(perExample, tf.reshape(gate, [examples, 1, rank])), [rows, rank]);
}

/** Keeps the gated bottleneck, and the dropout mask where there is one. */
export function lora(x: Tensor2D, operand: LoraOperand, examples: number): Saved {
  const kernels = fusedKernels();
  const saved: Tensor[] = [];
  let input = x;
  if (operand.dropout !== undefined && operand.dropout.probability > 0) {
    const mask = dropoutMask(operand.dropout, examples, tokenRows(x.shape[0] / examples), x.shape[1]);
    const maskTensor = tf.tensor2d(mask, x.shape);
    saved.push(maskTensor);
    input = tf.mul(x, maskTensor);
  }
  const gated = applyGate(kernels.matMul(input, operand.A, false, true), operand.gate, examples);
  return { y: kernels.matMul(gated, operand.Bt), saved: [gated, ...saved] };
}

/** Three thin products from the bottleneck's gradient du = (dy · B) ∘ g. */
export function loraGradient(
  dy: Tensor2D,
  x: Tensor2D,
  operand: LoraOperand,
  examples: number,
  saved: readonly Tensor[],
): LoraGradients {
  const kernels = fusedKernels();
  const [gated, mask] = saved as [Tensor2D, Tensor2D | undefined];
  const input = mask === undefined ? x : (tf.mul(x, mask) as Tensor2D);
  const du = applyGate(kernels.matMul(dy, operand.Bt, false, true), operand.gate, examples);
  const dInput = kernels.matMul(du, operand.A);
  return {
    dx: mask === undefined ? dInput : tf.mul(dInput, mask),
    dA: kernels.matMul(du, input, true, false),
    dBt: kernels.matMul(gated, dy, true, false),
  };
}
