import { TrainingError } from "@dylora/errors";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { requireBackend } from "../backend/require-backend.ts";
import { fillGradients } from "./gradients.ts";

/** A loss and its gradients, as plain numbers. */
export interface ValueAndGradients {
  /** The loss. */
  readonly value: number;
  /** A gradient for each tensor, in order; zeros where the loss does not depend on it. */
  readonly gradients: readonly Float32Array[];
}

interface Tape {
  state: { gradientDepth: number; activeTape: { readonly saved?: readonly Tensor[] }[] | null };
}

/** tfjs forgets the tensors its tape keeps when the recorded function throws. */
function freeTape(): void {
  const { state } = tf.engine() as unknown as Tape;
  if (state.gradientDepth > 0) return;
  for (const { saved } of state.activeTape ?? []) tf.dispose([...(saved ?? [])]);
  state.activeTape = null;
}

/** tfjs's word for an op that has no gradient, in ours; undefined for other errors. */
function withoutGradient(error: unknown): TrainingError | undefined {
  const message = error instanceof Error ? error.message : "";
  const [, op] = /gradient function not found for (\w+)/.exec(message) ?? [];
  if (op === undefined) return undefined;
  const remedy = "write it with other ops, or give it a gradient with tf.customGrad or tf.registerGradient";
  return new TrainingError("no_gradient", `the loss uses tfjs's op ${op}, which has no gradient: ${remedy}`, {
    cause: error,
    details: { op },
  });
}

function record(loss: () => Scalar, tensors: readonly Tensor[]): { value: Scalar; grads: (Tensor | undefined)[] } {
  try {
    return tf.tidy(() => tf.engine().gradients(loss, [...tensors], undefined, true));
  } catch (error) {
    freeTape();
    throw withoutGradient(error) ?? error;
  }
}

/**
 * Computes a loss and its gradients with respect to some tensors, reads them and frees everything on the way.
 *
 * @param loss computes a scalar from `tensors`, which it closes over; what it allocates is freed
 * @param tensors what to differentiate by; still the caller's to dispose
 * @throws whatever `loss` throws; nothing stays allocated then
 * @throws TrainingError `no_gradient` when `loss` uses an op that has none
 * @throws BackendError `no_backend` when none has been started
 *
 * @example
 * ```ts
 * import { softmaxCrossEntropy, useBackend, valueAndGradients } from "@dylora/tensor";
 * import { wasmBackend } from "@dylora/backend-wasm";
 * import * as tf from "@tensorflow/tfjs-core";
 *
 * await useBackend(wasmBackend());
 * const logits = tf.tensor2d([[0, 0]]);
 * const { value, gradients } = await valueAndGradients(() => softmaxCrossEntropy(logits, [1]), [logits]);
 * console.log(value, gradients[0]); // 0.6931..., [0.5, -0.5]
 * ```
 */
export async function valueAndGradients(loss: () => Scalar, tensors: readonly Tensor[]): Promise<ValueAndGradients> {
  requireBackend();
  fillGradients();
  const { value, grads } = record(loss, tensors);
  const read = async (tensor: Tensor | null | undefined, size: number): Promise<Float32Array> => {
    if (tensor == null) return new Float32Array(size);
    const numbers = (await tensor.data()) as Float32Array;
    tensor.dispose();
    return numbers;
  };
  const gradients = await Promise.all(tensors.map((tensor, index) => read(grads[index], tensor.size)));
  const [number] = await read(value, 1);
  return { value: number ?? Number.NaN, gradients };
}
