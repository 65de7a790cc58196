import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { FusedKernels, Saved } from "../contract/kernels.ts";
import type { AddedLoraGradients, Gate, LoraGradients, LoraOperand } from "../contract/lora.ts";

/** u ∘ g, where u is `[rows, r]` and every example owns rows / examples of them. */
function applyGate(u: Tensor2D, gate: Gate, examples: number): Tensor2D {
  if (typeof gate === "number" || gate.shape.length === 1) return tf.mul(u, gate) as Tensor2D;
  const [rows, rank] = u.shape;
  const perExample = tf.reshape(u, [examples, rows / examples, rank]);
  return tf.reshape(tf.mul(perExample, tf.reshape(gate, [examples, 1, rank])), [rows, rank]);
}

/** The key of the pair's dropout; undefined where nothing is dropped. */
function dropoutOf({ dropout }: LoraOperand): LoraOperand["dropout"] {
  return dropout !== undefined && dropout.probability > 0 ? dropout : undefined;
}

/** Keeps the gated bottleneck, and what the dropout keeps. */
export function lora(
  kernels: Pick<FusedKernels, "matMul" | "dropout">,
  x: Tensor2D,
  operand: LoraOperand,
  examples: number,
): Saved {
  const dropoutKey = dropoutOf(operand);
  const input = dropoutKey === undefined ? { y: x, saved: [] } : kernels.dropout(x, dropoutKey, examples);
  const gated = applyGate(kernels.matMul(input.y, operand.A, false, true), operand.gate, examples);
  return { y: kernels.matMul(gated, operand.Bt), saved: [gated, ...input.saved] };
}

/** Three thin products from the bottleneck's gradient du = (dy · B) ∘ g. */
export function loraGradient(
  kernels: Pick<FusedKernels, "matMul" | "dropoutGradient">,
  dy: Tensor2D,
  x: Tensor2D,
  operand: LoraOperand,
  examples: number,
  [gated, ...masks]: readonly Tensor[],
): LoraGradients {
  const dropoutKey = dropoutOf(operand);
  // Dropout multiplies by its mask, so its gradient drops x as the forward pass did.
  const drop = (t: Tensor2D): Tensor2D =>
    dropoutKey === undefined ? t : kernels.dropoutGradient(t, dropoutKey, examples, masks);
  const du = applyGate(kernels.matMul(dy, operand.Bt, false, true), operand.gate, examples);
  return {
    dx: drop(kernels.matMul(du, operand.A)),
    dA: kernels.matMul(du, drop(x), true, false),
    dBt: kernels.matMul(gated as Tensor2D, dy, true, false),
  };
}

/** base + the backend's own `lora`. */
export function addLora(
  kernels: Pick<FusedKernels, "lora">,
  base: Tensor2D,
  x: Tensor2D,
  operand: LoraOperand,
  examples: number,
): Saved {
  const { y, saved } = kernels.lora(x, operand, examples);
  return { y: tf.add(base, y), saved };
}

/** The backend's own `loraGradient`, its gradient to x added to `dx` where there is one. */
export function addLoraGradient(
  kernels: Pick<FusedKernels, "loraGradient">,
  dx: Tensor2D | undefined,
  dy: Tensor2D,
  x: Tensor2D,
  operand: LoraOperand,
  examples: number,
  saved: readonly Tensor[],
): AddedLoraGradients {
  const delta = kernels.loraGradient(dy, x, operand, examples, saved);
  return { ...delta, dx: dx === undefined ? undefined : tf.add(dx, delta.dx) };
}
